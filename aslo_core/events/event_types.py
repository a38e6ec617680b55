"""The types of event that a program knows: every version that was ever recorded, and the way from each to the newest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from types import MappingProxyType, ModuleType
from typing import Any, get_type_hints

import msgspec

from aslo_core.errors import AsloError
from aslo_core.events.event import Event, Retired, Versioned

_encoder = msgspec.json.Encoder(order="sorted")


class UnreadableEvent(AsloError, LookupError):
    """The log holds an event that this program cannot read. Nothing may be derived from the log as though it were not there."""


class DamagedBody(UnreadableEvent):
    """An event's body does not lie in the log as it was recorded."""

    def __init__(self, name: str, version: int, position: int, found: str) -> None:
        super().__init__(
            f"{_place(name, version, position)} is damaged: {found}; let nothing write to the log, keep a copy as it is, find"
            " everything that is wrong with `aslo audit verify`, and restore the log from the backup"
        )


class EventTypes:
    """Reads and writes the bodies of events of the types that it was made with; it never changes.

    Args:
        versions: all versions of all types.

    Attributes:
        by_name: name of a type → its versions, oldest first; the last one is current, the others are retired.

    Raises:
        TypeError: a version is there twice or missing, a type has not exactly one current version, which is its newest, or a
            retired one is not upcast to the next.
    """

    def __init__(self, versions: Iterable[type[Versioned]]) -> None:
        self.by_name: Mapping[str, tuple[type[Versioned], ...]] = MappingProxyType(_by_name(versions))
        self._decoders: dict[tuple[str, int], Callable[[bytes], Event]] = {
            (name, cls.event_version): _decoder(cls) for name, chain in self.by_name.items() for cls in chain
        }

    @classmethod
    def in_modules(cls, *modules: ModuleType) -> EventTypes:
        """Take all types that are defined in these modules."""
        named = [(module.__name__, found) for module in modules for found in vars(module).values() if isinstance(found, type)]
        return cls(found for name, found in named if issubclass(found, Versioned) and found.__module__ == name)

    def encode(self, event: Event) -> bytes:
        """Encode the body of an event that is to be appended. These bytes are hashed once and never made again.

        Raises:
            TypeError: it is not of the newest version of a known type.
            ValueError: a text in it has half of a surrogate pair.
        """
        newest = self.by_name.get(getattr(event, "event_name", ""), (None,))[-1]
        if type(event) is not newest:
            instead = (
                f"append {newest.__name__}, its version {newest.event_version}" if newest else "no such type is registered"
            )
            raise TypeError(f"{type(event).__name__} is never appended: {instead}")
        return _encoder.encode(event)

    def decode(self, name: str, version: int, body: bytes, position: int | None = None) -> Event:
        """Decode a body and bring it to the newest version of its type.

        Args:
            name: stable name of its type.
            version: version of the type that was recorded.
            body: the bytes as recorded.
            position: where the event stands in the log, for the error's message; None where it stands nowhere yet.

        Raises:
            UnreadableEvent: the type or this version of it is not known, or the body has not the fields of that version.
        """
        decoder = self._decoders.get((name, version))
        if decoder is None:
            known = f"knows it up to version {len(self.by_name[name])}" if name in self.by_name else "knows no such type"
            raise UnreadableEvent(
                f"{_place(name, version, position)} is unknown: this ASLO {known}; run the newer one that recorded it"
            )
        try:
            return decoder(body)
        except ValueError as error:
            raise UnreadableEvent(
                f"{_place(name, version, position)} has not the fields of that version: {error}; "
                "restore the log where it is damaged, else report a fault of ASLO"
            ) from error


def _place(name: str, version: int, position: int | None) -> str:
    return f"event {name!r} version {version}" + ("" if position is None else f" at position {position}")


def _decoder(cls: type[Versioned]) -> Callable[[bytes], Event]:
    """Make what decodes bodies of one version, as the newest of its type."""
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(cls).decode
    return _upcasting(decode) if issubclass(cls, Retired) else decode


def _upcasting(decode: Callable[[bytes], Retired]) -> Callable[[bytes], Event]:
    def decode_and_upcast(body: bytes) -> Event:
        event: Event | Retired = decode(body)
        while isinstance(event, Retired):
            event = event.upcast()
        return event

    return decode_and_upcast


def _by_name(versions: Iterable[type[Versioned]]) -> dict[str, tuple[type[Versioned], ...]]:
    found: dict[str, dict[int, type[Versioned]]] = {}
    for cls in versions:
        if not hasattr(cls, "event_name"):
            raise TypeError(f"{cls.__name__} has no name in the log: decorate it with @recorded")
        other = found.setdefault(cls.event_name, {}).setdefault(cls.event_version, cls)
        if other is not cls:
            raise TypeError(f"event {cls.event_name} has two versions {cls.event_version}: {other.__name__} and {cls.__name__}")
    return {name: _chain(name, numbered) for name, numbered in found.items()}


def _chain(name: str, numbered: Mapping[int, type[Versioned]]) -> tuple[type[Versioned], ...]:
    """Put the versions of one type in order, and make sure that each leads to the next."""
    chain = tuple(numbered[number] for number in sorted(numbered))
    newest = chain[-1]
    if wrong := sorted(numbered.keys() ^ range(1, newest.event_version + 1)):
        raise TypeError(f"event {name} has {_listed(*chain)}; versions count from 1 without gaps, look at {wrong}")
    if not issubclass(newest, Event):
        raise TypeError(f"event {name} has no current version: make the newest, {_listed(newest)}, an Event")
    for older, newer in pairwise(chain):
        if not issubclass(older, Retired):
            raise TypeError(f"event {name} has several current versions: retire {_listed(older)}, keep {_listed(newest)}")
        if (becomes := get_type_hints(older.upcast)["return"]) is not newer:
            raise TypeError(f"event {name}: {_listed(older)} is upcast to {becomes}, the next one is {_listed(newer)}")
    return chain


def _listed(*versions: type[Versioned]) -> str:
    return " and ".join(f"{cls.__name__} (version {cls.event_version})" for cls in versions)
