"""One write transaction: each append is held against what stands there, and all that may be written are written at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from aslo_core.errors import Conflict
from aslo_core.log.draft import Draft, recorded
from aslo_core.log.outcome import Appended, Earlier, Outcome, require_same_content
from aslo_core.log.sqlite.placement import Placed, Placement, place
from aslo_core.log.sqlite.transaction import SqliteTransaction


@dataclass(frozen=True)
class Repeated:
    """An append that repeats an earlier one, whose events are read after the commit."""

    draft: Draft


class Batch:
    """Puts appends one behind the other.

    Args:
        transaction: what they are written in; whoever began it commits it.
        drafts: the appends, in order.
    """

    def __init__(self, transaction: SqliteTransaction, drafts: Sequence[Draft]) -> None:
        streams = {stream for draft in drafts for stream in (*draft.expect, *(event.stream for event in draft.events))}
        known = transaction.known(streams, {(draft.cause.source, draft.key) for draft in drafts if draft.key})
        self._transaction = transaction
        self._drafts = drafts
        self._tip, self._versions, self._used = known.tip, known.versions, known.used
        self._keyed: dict[tuple[str, str], Placement] = {}

    def write(self) -> list[Outcome | Repeated]:
        """Write all that can be written; an outcome that is an error concerns its own append alone.

        Raises:
            AppendRefused: the database refuses one of them. The transaction is to be rolled back.
        """
        found = [self._place(draft) for draft in self._drafts]
        self._transaction.write([item for item in found if isinstance(item, Placement)])
        return [_appended(item) if isinstance(item, Placement) else item for item in found]

    def _place(self, draft: Draft) -> Placement | Repeated | Conflict:
        try:
            if earlier := self._earlier(draft.cause.source, draft.key):
                require_same_content(draft, earlier)
                return Repeated(draft)
            placement = place(draft, self._tip, self._versions, time.time_ns() // 1000)
        except Conflict as conflict:
            return conflict
        self._tip = placement.tip
        self._versions.update((item.event.stream, item.version) for item in placement.events)
        if draft.key:
            self._keyed[draft.cause.source, draft.key] = placement
        return placement

    def _earlier(self, source: str, key: str) -> list[Earlier]:
        if placement := self._keyed.get((source, key)):
            return [_as_earlier(item) for item in placement.events]
        return self._transaction.earlier(source, key) if (source, key) in self._used else []


def _as_earlier(item: Placed) -> Earlier:
    event = item.event
    return Earlier(item.position, event.stream, event.event.event_name, event.event.event_version, event.digest, event.salt)


def _appended(placement: Placement) -> Appended:
    us = placement.recorded_us
    events = tuple(
        recorded(placement.draft, item.event, position=item.position, version=item.version, recorded_us=us)
        for item in placement.events
    )
    return Appended(events, duplicate=False)
