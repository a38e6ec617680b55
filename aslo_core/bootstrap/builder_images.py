"""The builders that build in images of ASLO's own making, for `aslo builder image`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aslo_core.bootstrap.configuration import configure
from aslo_core.bootstrap.instances import create
from aslo_core.errors import AsloError
from aslo_core.types import Imaged


@dataclass(frozen=True)
class ImagedBuilder:
    """A builder, and what its table is called in `aslo.toml`."""

    key: str
    builder: Imaged


def imaged_builder(config: Path, name: str | None) -> ImagedBuilder:
    """Make the object of the builder of that name, or of the one that `[build]` names.

    Raises:
        ConfigError: the configuration is wrong.
        AsloError: there is none, or it builds in no image.
    """
    configured = configure(config)
    settings = configured.settings
    name = name or settings.build.builder
    wanted = [instance for instance in settings.of("builder") if instance.name == name]
    made = create(settings, configured.plugins, settings.public_url(), wanted)["builder"]
    builder = made.get(name)
    if builder is None:
        raise AsloError(f"{config}: there is no enabled table [builder.{name}]")
    if not isinstance(builder, Imaged):
        raise AsloError(f'{config}: [builder.{name}] does not build in an image of its own; one with use = "docker" does')
    return ImagedBuilder(f"builder.{name}", builder)
