"""Where an append goes: which positions, versions and time its events get, and whether it may go there at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from aslo_core.log.draft import Draft, DraftEvent, envelope
from aslo_core.log.errors import VersionConflict
from aslo_core.log.leaf import Envelope, encode_envelope, leaf_hash


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest event of the log; position -1 and time 0 for an empty one."""

    position: int
    recorded_us: int


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An event with its place in the log."""

    position: int
    envelope: Envelope
    leaf: bytes
    draft: DraftEvent


def place(draft: Draft, tip: Tip, versions: Mapping[str, int], now_us: int) -> tuple[Placed, ...]:
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
    reached = dict(versions)
    placed = []
    for position, event in enumerate(draft.events, start=tip.position + 1):
        reached[event.stream] += 1
        complete = envelope(draft, event, version=reached[event.stream], recorded_us=recorded_us)
        placed.append(Placed(position, complete, leaf_hash(encode_envelope(complete)), event))
    return tuple(placed)
