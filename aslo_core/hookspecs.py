"""The hooks of ASLO. A plugin only registers through them; the core then calls each object that it made itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

from aslo_core.entry_points import PROJECT

if TYPE_CHECKING:
    from aslo_core.events import Recorded
    from aslo_core.types import Builder, Notifier, Offer, Source, Storage

hookspec = pluggy.HookspecMarker(PROJECT)
hook = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's function as the implementation of the hook of that name."""


class HookSpecs:
    """Every hook, each explained in a sentence."""

    @hookspec
    def aslo_sources(self) -> Iterable[Offer[Source]]:
        """Return the kinds of source that this plugin offers."""
        raise AssertionError("a specification is never called")

    @hookspec
    def aslo_builders(self) -> Iterable[Offer[Builder]]:
        """Return the kinds of builder that this plugin offers."""
        raise AssertionError("a specification is never called")

    @hookspec
    def aslo_storages(self) -> Iterable[Offer[Storage]]:
        """Return the kinds of storage that this plugin offers."""
        raise AssertionError("a specification is never called")

    @hookspec
    def aslo_notifiers(self) -> Iterable[Offer[Notifier]]:
        """Return the kinds of notifier that this plugin offers."""
        raise AssertionError("a specification is never called")

    @hookspec
    def aslo_observe(self, event: Recorded) -> None:
        """Hear every event once it is in the log; never called in a replay, and what it raises is only logged."""
