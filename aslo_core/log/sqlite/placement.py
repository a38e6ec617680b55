"""Where an append goes: which positions, versions and time its events get, and whether it may go there at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from aslo_core.log.draft import Draft, DraftEvent
from aslo_core.log.errors import VersionConflict
from aslo_core.log.leaf import leaf_hash


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest event of the log; position -1 and time 0 for an empty one."""

    position: int
    recorded_us: int


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An event with its place in the log."""

    position: int
    version: int
    leaf: bytes
    event: DraftEvent


class Placement(msgspec.Struct, frozen=True):
    """An append with its place in the log.

    Attributes:
        recorded_us: µs since 1970 UTC, the same for all its events.
    """

    draft: Draft
    recorded_us: int
    events: tuple[Placed, ...]

    @property
    def tip(self) -> Tip:
        """Where the log ends behind it."""
        return Tip(self.events[-1].position, self.recorded_us)


def place(draft: Draft, tip: Tip, versions: Mapping[str, int], now_us: int) -> Placement:
    """Put an append's events behind the tip.

    Args:
        draft: the append.
        tip: the log's newest event.
        versions: present version of every stream that the append writes to or has expectations of, 0 for a new one.
        now_us: the clock, µs since 1970 UTC; where it is behind the tip's time, that is taken.

    Raises:
        VersionConflict: a stream is not at the version expected.
    """
    for stream, expected in draft.expect.items():
        if versions[stream] != expected:
            raise VersionConflict(stream, expected, versions[stream])
    recorded_us = max(now_us, tip.recorded_us)
    reached: dict[str, int] = {}
    placed = []
    for position, event in enumerate(draft.events, start=tip.position + 1):
        version = reached[event.stream] = reached.get(event.stream, versions[event.stream]) + 1
        placed.append(Placed(position, version, leaf_hash(event.envelope.placed(version, recorded_us)), event))
    return Placement(draft, recorded_us, tuple(placed))
