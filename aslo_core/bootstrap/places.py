"""Storages that are one and the same keep nothing twice, whatever each is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from aslo_core.config import Instance, Settings
from aslo_core.errors import ConfigProblem
from aslo_core.types import Located, Place, Storage

_SAME = "it is the same place as {other}"


def shared_places(settings: Settings, storages: Mapping[str, Storage]) -> Iterator[ConfigProblem]:
    """Tell of every table whose storage is at the place of one before it, lies within that, or the other way round.

    Args:
        settings: the configuration.
        storages: the storages by their names; of those that are not among them, or tell no place, the options are compared.
    """
    places = {name: storage.place() for name, storage in storages.items() if isinstance(storage, Located)}
    seen: list[Instance] = []
    for storage in settings.of("storage"):
        for other in seen:
            if relation := _relation(storage, other, settings, places):
                yield ConfigProblem(
                    file=str(settings.path),
                    line=storage.line,
                    key=storage.key,
                    found=relation.format(other=other.key),
                    allowed="give each storage a place of its own, or remove one of the two tables",
                )
        seen.append(storage)


def _relation(storage: Instance, other: Instance, settings: Settings, places: Mapping[str, Place]) -> str:
    """How the place of a storage is to that of another one; empty where they have nothing to do with each other."""
    if storage.name in places and other.name in places:
        place, before = places[storage.name], places[other.name]
        if place == before:
            return _SAME
        if before.holds(place):
            return "it lies within {other}"
        return "{other} lies within it" if place.holds(before) else ""
    is_same = storage.use == other.use and _options(storage, settings) == _options(other, settings)
    return _SAME if is_same else ""


def _options(storage: Instance, settings: Settings) -> dict[str, object]:
    return {
        name: (settings.directory / value).resolve() if isinstance(value, Path) else value for name, value in storage.options
    }
