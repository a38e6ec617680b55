"""One write transaction: each append of a batch under its own savepoint, so that one that cannot be done fails alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from aslo_core.errors import AsloError
from aslo_core.log.draft import Draft, recorded
from aslo_core.log.outcome import Appended, Outcome, require_same_content
from aslo_core.log.sqlite.placement import Tip, place
from aslo_core.log.sqlite.transaction import SqliteTransaction


@dataclass(frozen=True)
class Repeated:
    """An append that repeats an earlier one, whose events are read after the commit."""

    draft: Draft


class Batch:
    """Writes appends one behind the other.

    Args:
        transaction: what they are written in; whoever began it commits it.
    """

    def __init__(self, transaction: SqliteTransaction) -> None:
        self._transaction = transaction
        self._tip = transaction.tip()
        self._versions: dict[str, int] = {}

    def write(self, drafts: Sequence[Draft]) -> list[Outcome | Repeated]:
        """Write all that can be written; an outcome that is an error concerns its own append alone.

        What fails otherwise is the database, and with it the whole transaction: such errors are the database's own.
        """
        return [self._outcome(draft) for draft in drafts]

    def _outcome(self, draft: Draft) -> Outcome | Repeated:
        try:
            with self._transaction.savepoint():
                return self._append(draft)
        except (AsloError, LookupError, ValueError, TypeError, OverflowError) as error:
            return error

    def _append(self, draft: Draft) -> Appended | Repeated:
        source, key = draft.cause.source, draft.key
        if key and (earlier := self._transaction.earlier(source, key)):
            require_same_content(draft, earlier)
            return Repeated(draft)
        for stream in {*draft.expect, *(event.stream for event in draft.events)} - self._versions.keys():
            self._versions[stream] = self._transaction.version(stream)
        placed = place(draft, self._tip, self._versions, time.time_ns() // 1000)
        self._transaction.insert(placed)
        if draft.erases:
            self._transaction.erase(draft.erases)
        self._tip = Tip(placed[-1].position, placed[-1].envelope.recorded_us)
        self._versions.update((item.envelope.stream, item.envelope.version) for item in placed)
        us = self._tip.recorded_us
        events = tuple(
            recorded(draft, item.draft, position=item.position, version=item.envelope.version, recorded_us=us)
            for item in placed
        )
        return Appended(events, duplicate=False)
