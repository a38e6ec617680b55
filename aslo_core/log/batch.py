"""One write transaction: each append of a batch under its own savepoint, so that one that cannot be done fails alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from aslo_core.errors import AsloError
from aslo_core.events import Recorded
from aslo_core.log.draft import Draft
from aslo_core.log.placement import Earlier, Placed, Tip, place, require_same_content


@dataclass(frozen=True)
class Appended:
    """What an append came to.

    Attributes:
        events: its events as they stand in the log.
        duplicate: whether an earlier append with the same key and content had appended them already.
    """

    events: tuple[Recorded, ...]
    duplicate: bool


Outcome = Appended | Exception


class Transaction(Protocol):
    """What appending needs of a database, within a transaction that has the write lock."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what was written inside if that raises; a row that the database refuses is Permanent `log.refused`."""
        ...

    def tip(self) -> Tip:
        """Return where the log ends."""
        ...

    def version(self, stream: str) -> int:
        """Return the newest version of a stream, 0 for a new one."""
        ...

    def earlier(self, source: str, key: str) -> Sequence[Earlier]:
        """Return what is known of the events that were appended with an idempotency key, in order."""
        ...

    def with_key(self, source: str, key: str) -> tuple[Recorded, ...]:
        """Return those events."""
        ...

    def insert(self, placed: Sequence[Placed]) -> None:
        """Write events and their bodies."""
        ...

    def erase(self, event_id: str) -> None:
        """Remove a body whose erasure was inserted before."""
        ...


class Batch:
    """Writes appends one behind the other.

    Args:
        transaction: what they are written in; whoever began it commits it.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._tip = transaction.tip()
        self._versions: dict[str, int] = {}

    def write(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Write all that can be written; an outcome that is an error concerns its own append alone.

        What fails otherwise is the database, and with it the whole transaction: such errors are the database's own.
        """
        return [self._outcome(draft) for draft in drafts]

    def _outcome(self, draft: Draft) -> Outcome:
        try:
            with self._transaction.savepoint():
                return self._append(draft)
        except (AsloError, LookupError, ValueError, TypeError, OverflowError) as error:
            return error

    def _append(self, draft: Draft) -> Appended:
        source, key = draft.cause.source, draft.key
        if key and (earlier := self._transaction.earlier(source, key)):
            require_same_content(draft, earlier)
            return Appended(self._transaction.with_key(source, key), duplicate=True)
        for stream in {*draft.expect, *(event.stream for event in draft.events)} - self._versions.keys():
            self._versions[stream] = self._transaction.version(stream)
        placed = place(draft, self._tip, self._versions, time.time_ns() // 1000)
        self._transaction.insert(placed)
        if draft.erases:
            self._transaction.erase(draft.erases)
        self._tip = Tip(placed[-1].position, placed[-1].envelope.recorded_us)
        self._versions.update((item.envelope.stream, item.envelope.version) for item in placed)
        return Appended(tuple(item.recorded() for item in placed), duplicate=False)
