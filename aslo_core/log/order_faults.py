"""What can be wrong with an event by what stands before it, and with erasures by the whole of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from aslo_core.events import BodyErased
from aslo_core.log.kept_event import KeptEvent
from aslo_core.log.names import ERASURES


@dataclass
class Walk:
    """Goes through a log from its begin, and remembers what later events are held against.

    Attributes:
        events: how many were passed.
        head: position of the last one, -1 before the first.
        leaf: its leaf as it is recorded.
        next_position: position that the next one should have.
    """

    events: int = 0
    head: int = -1
    leaf: bytes = b""
    next_position: int = 0
    _whole: bool = True
    _recorded_us: int = 0
    _versions: dict[str, int] = field(default_factory=dict)
    _positions: dict[str, int] = field(default_factory=dict)
    _bodiless: set[str] = field(default_factory=set)
    _erasures: dict[str, int] = field(default_factory=dict)

    @property
    def erased(self) -> int:
        """How many events have had their body erased."""
        return len(self._bodiless & self._erasures.keys())

    def faults(self, event: KeptEvent) -> Iterator[str]:
        """Pass the next event; say what is wrong with its place."""
        self.events += 1
        self.head, self.leaf = event.position, event.leaf
        if event.position != self.next_position:
            yield f"position {self.next_position} was expected"
        self.next_position = event.position + 1
        version = self._versions.get(event.stream, 0) + 1
        if event.version != version:
            yield f"version {event.version} of stream {event.stream}: {version} was expected"
        self._versions[event.stream] = event.version
        if event.recorded_us < self._recorded_us:
            yield f"its time is {self._recorded_us - event.recorded_us} µs before that of the event before it"
        self._recorded_us = event.recorded_us
        if event.id in self._positions:
            yield f"its id {event.id} is also that of the event at position {self._positions[event.id]}"
        self._positions[event.id] = event.position
        if event.body is None:
            self._bodiless.add(event.id)
        if event.stream.startswith(ERASURES) and event.type == BodyErased.event_name:
            self._erasures[event.stream.removeprefix(ERASURES)] = event.position

    def pass_over(self, last: int) -> None:
        """Go on behind events that cannot be read, up to this position."""
        self._whole = False
        self.next_position = last + 1

    def erasure_faults(self) -> Iterator[tuple[int, str]]:
        """Say what is wrong with erasures once every event was passed, with the position of the event concerned.

        Where some were passed over, nothing can be told.
        """
        if not self._whole:
            return
        for event_id in sorted(self._bodiless - self._erasures.keys(), key=lambda name: self._positions[name]):
            yield self._positions[event_id], "its body is missing, and no event records its erasure"
        for event_id, position in self._erasures.items():
            if event_id not in self._positions:
                yield position, f"it records the erasure of {event_id}, which is not in the log"
            elif event_id not in self._bodiless:
                yield self._positions[event_id], f"its body is still there, though position {position} records its erasure"
