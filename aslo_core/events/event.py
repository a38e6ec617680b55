"""What an event is: its stable name and version, the bytes of its body, and how it stands in the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import msgspec

from aslo_core.types import Value

_TYPES: dict[tuple[str, int], type[Event]] = {}


class Event(Value):
    """Root of all event types. `@recorded` gives a subclass its stable name and its version."""

    event_name: ClassVar[str]
    event_version: ClassVar[int]


EventT = TypeVar("EventT", bound=Event)


def recorded(name: str, version: int = 1) -> Callable[[type[EventT]], type[EventT]]:
    """Name a type of event as it stands in the log, for good: `@recorded("release.withdrawn")`.

    Raises:
        TypeError: another type has that name and version already.
    """

    def name_it(cls: type[EventT]) -> type[EventT]:
        if (name, version) in _TYPES:
            raise TypeError(f"event {name} version {version} is defined twice: {_TYPES[name, version]} and {cls}")
        cls.event_name = name
        cls.event_version = version
        _TYPES[name, version] = cls
        return cls

    return name_it


_encoder = msgspec.json.Encoder(order="sorted")
_decoders: dict[tuple[str, int], msgspec.json.Decoder[Any]] = {}


def encode(event: Event) -> bytes:
    """Encode an event's body. These bytes are hashed once and never made again."""
    return _encoder.encode(event)


def decode(name: str, version: int, body: bytes) -> Event:
    """Decode a body of the named type.

    Raises:
        LookupError: the type is not known to this program, which is never to be skipped over.
    """
    decoder = _decoders.get((name, version))
    if decoder is None:
        if (name, version) not in _TYPES:
            raise LookupError(f"event type {name!r} version {version} is unknown: it was written by a newer ASLO")
        decoder = _decoders[name, version] = msgspec.json.Decoder(_TYPES[name, version])
    event: Event = decoder.decode(body)
    return event


def known_types() -> dict[tuple[str, int], type[Event]]:
    """All event types, by stable name and version, in the order in which they are defined."""
    return dict(_TYPES)


class Cause(Value):
    """Why and by whom something is appended; part of the hashed envelope, which stays for good, so no personal data.

    Attributes:
        source: the part of the system that appends, for example `intake/github` or `worker`; idempotency keys are unique
            within it.
        actor: opaque id of who asked, for example `host:github` or `operator`; never the name or login of a person.
        correlation: id shared by all that follows from one delivery; empty lets the log use the first event's id.
        causation: id of the event that led to this one, or empty.
    """

    source: str
    actor: str
    correlation: str = ""
    causation: str = ""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it stands in the log.

    Attributes:
        position: index of the event's leaf in the whole log, from 0, without gaps.
        id: uuid7 in its canonical text form.
        stream: name of its stream.
        version: its number within the stream, from 1.
        recorded_us: when it was written, µs since 1970 UTC; never decreases.
        cause: why and by whom.
        key: idempotency key of its append, or empty.
        event: what happened, or None when its body was erased.
    """

    position: int
    id: str
    stream: str
    version: int
    recorded_us: int
    cause: Cause
    key: str
    event: Event | None
