"""What an event is: its stable name and version, what retired versions become, and how it stands in the log."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeVar

import msgspec

from aslo_core.types import Value


class Versioned(Value):
    """Root of every version of every type of event; `@recorded` gives each its stable name and its number."""

    event_name: ClassVar[str]
    event_version: ClassVar[int]


class Event(Versioned):
    """Root of the newest version of each type: the only one that is appended, and the only one that readers see."""


class Retired(Versioned):
    """Root of the older versions: bodies that were recorded as such are decoded, and then upcast to the newest."""

    @abstractmethod
    def upcast(self) -> Event | Retired:
        """Tell the same in the fields of the next version, which has to be the declared return type.

        Pure: of this event's own fields alone, so that each replay gives the same; defined for every event of this version.
        """


VersionedT = TypeVar("VersionedT", bound=Versioned)


def recorded(name: str, version: int = 1) -> Callable[[type[VersionedT]], type[VersionedT]]:
    """Name a version of a type of event as it stands in the log, for good: `@recorded("release.withdrawn")`."""

    def name_it(cls: type[VersionedT]) -> type[VersionedT]:
        cls.event_name = name
        cls.event_version = version
        return cls

    return name_it


RECONCILER = "reconciler"
"""The actor where ASLO asked a source itself and found what no delivery had told it."""


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

    @property
    def is_reconciliation(self) -> bool:
        """Whether it was found by reconciliation, and not told by its host."""
        return self.actor == RECONCILER


class Recorded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event as it stands in the log.

    Attributes:
        position: index of the event's leaf in the whole log, from 0, without gaps.
        id: uuid7 in its canonical text form.
        stream: name of its stream.
        version: its number within the stream, from 1.
        recorded_us: when it was written, µs since 1970 UTC; never decreases.
        cause: why and by whom.
        key: idempotency key of its append, or empty.
        type: stable name of its type, known of an erased event too.
        schema: version of that type that was recorded; `event` is of the newest.
        event: what happened, in the newest version of its type, or None when its body was erased.
    """

    position: int
    id: str
    stream: str
    version: int
    recorded_us: int
    cause: Cause
    key: str
    type: str
    schema: int
    event: Event | None
