"""The embedded builder: ASLO's own packer in a bubblewrap sandbox, or in a restricted process where that cannot work."""

from __future__ import annotations

from aslo_builder_bubblewrap.choice import create
from aslo_builder_bubblewrap.options import BubblewrapOptions
from aslo_core.api import Builder, Offer, hook

__all__ = ["BubblewrapOptions", "aslo_builders"]


@hook
def aslo_builders() -> list[Offer[Builder]]:
    """Offer `use = "bubblewrap"`."""
    return [Offer("bubblewrap", BubblewrapOptions, create)]
