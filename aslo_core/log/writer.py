"""Group commit: one thread takes every append that waits, writes them in one transaction, and answers after the commit.

A flush to the disk takes as long for one append as for a hundred. While one batch is flushed the next one gathers, so an
append that comes alone never waits for company.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import structlog

from aslo_core.log.batch import Appended, Batch, Outcome
from aslo_core.log.draft import Draft
from aslo_core.log.errors import LogUnavailable
from aslo_core.log.reading import with_ids
from aslo_core.log.sqlite import Database
from aslo_core.log.sqlite_append import SqliteTransaction

log = structlog.get_logger(__name__)

MAX_BATCH = 256
"""Most appends in one transaction."""


@dataclass(frozen=True)
class _Request:
    draft: Draft
    answer: Future[Appended] = field(default_factory=Future)


class Writer:
    """The only one in this process that writes events.

    Args:
        database: where to.
        committed: called after each commit that added events, before the callers are answered.
    """

    def __init__(self, database: Database, committed: Callable[[], None]) -> None:
        self._database = database
        self._committed = committed
        self._changed = threading.Condition()
        self._waiting: list[_Request] = []
        self._closing = False
        self._thread: threading.Thread | None = None

    def append(self, draft: Draft) -> Appended:
        """Write an append and wait until it is on the disk.

        Raises:
            Conflict: it was decided on something that is no longer so; nothing of it was written.
            LogUnavailable: the database failed, or the log is closed.
        """
        request = _Request(draft)
        with self._changed:
            if self._closing:
                raise LogUnavailable(f"the log {self._database.path} is closed in this process")
            if self._thread is None or not self._thread.is_alive():  # in a forked child it is not
                self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
                self._thread.start()
            self._waiting.append(request)
            self._changed.notify()
        return request.answer.result()

    def close(self) -> None:
        """Write what waits, and end the thread; later appends are refused."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while batch := self._take():
            drafts = [request.draft for request in batch]
            for request, outcome in zip(batch, self._write(drafts), strict=True):
                if isinstance(outcome, Appended):
                    request.answer.set_result(outcome)
                else:
                    request.answer.set_exception(outcome)

    def _take(self) -> list[_Request]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            return batch

    def _write(self, drafts: Sequence[Draft]) -> Sequence[Outcome]:
        try:
            with self._database.write() as connection:
                outcomes = Batch(SqliteTransaction(connection)).write(drafts)
        except LogUnavailable as failure:
            log.warning("log.write_failed", appends=len(drafts), error=str(failure))
            return self._ask_again(drafts, failure)
        except Exception as error:
            log.exception("log.write_failed", appends=len(drafts))
            return [LogUnavailable(f"the log {self._database.path} failed: {error}") for _ in drafts]
        if any(isinstance(outcome, Appended) and not outcome.duplicate for outcome in outcomes):
            self._committed()
        return outcomes

    def _ask_again(self, drafts: Sequence[Draft], failure: LogUnavailable) -> list[Outcome]:
        """Find out what a failed transaction has left: a commit that reports a failure may have been done all the same."""
        try:
            with self._database.read() as connection:
                kept = [with_ids(connection, (event.id for event in draft.events)) for draft in drafts]
        except LogUnavailable:
            words = f"{failure}; whether the append was kept is not known, so repeat it with the same idempotency key"
            return [LogUnavailable(words) for _ in drafts]
        if any(kept):
            self._committed()
        return [Appended(events, duplicate=False) if events else LogUnavailable(str(failure)) for events in kept]
