"""The production builder: a single-use Docker container for each build."""

from __future__ import annotations

from aslo_builder_docker.builder import DockerBuilder, create
from aslo_builder_docker.options import DockerOptions
from aslo_core.api import Builder, Offer, hook

__all__ = ["DockerBuilder", "DockerOptions", "aslo_builders"]


@hook
def aslo_builders() -> list[Offer[Builder]]:
    """Offer `use = "docker"`."""
    return [Offer("docker", DockerOptions, create)]
