"""Group commit: one thread takes every append that waits, writes them in one transaction, and answers after the commit.

A flush to the disk takes as long for one append as for a hundred. While one batch is flushed the next one gathers, so an
append that comes alone never waits for company. Appends are taken in the order in which they came, and a batch is bounded in
size, so that nobody waits behind more than one batch of what came later.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import structlog

from aslo_core.log.database import Database
from aslo_core.log.draft import Draft
from aslo_core.log.errors import LogInterrupted, LogUnavailable
from aslo_core.log.outcome import Appended, Outcome
from aslo_core.log.reading import with_ids

log = structlog.get_logger(__name__)

MAX_BATCH = 256
"""Most appends in one transaction."""
MAX_BATCH_BYTES = 4 * 1024 * 1024
"""Bytes of bodies after which a transaction takes no further append."""


@dataclass(frozen=True, slots=True)
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
        self._waiting: deque[_Request] = deque()
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
                raise LogUnavailable(f"the log {self._database.name} is closed in this process")
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
            for request, outcome in zip(batch, self._outcomes([request.draft for request in batch]), strict=True):
                if isinstance(outcome, Appended):
                    request.answer.set_result(outcome)
                else:
                    request.answer.set_exception(outcome)

    def _take(self) -> list[_Request]:
        batch: list[_Request] = []
        size = 0
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            while self._waiting and len(batch) < MAX_BATCH and size < MAX_BATCH_BYTES:
                batch.append(self._waiting.popleft())
                size += sum(len(event.deflated) for event in batch[-1].draft.events)
        return batch

    def _outcomes(self, drafts: Sequence[Draft]) -> Sequence[Outcome]:
        try:
            outcomes = self._write(drafts)
        except Exception as error:
            log.exception("log.write_failed", appends=len(drafts))
            return [LogUnavailable(f"the log {self._database.name} failed: {error}") for _ in drafts]
        # Each caller gets an error of its own: a raised one takes on the traceback of its thread.
        outcomes = [LogUnavailable(str(outcome)) if isinstance(outcome, LogUnavailable) else outcome for outcome in outcomes]
        if any(isinstance(outcome, Appended) and not outcome.duplicate for outcome in outcomes):
            self._committed()
        return outcomes

    def _write(self, drafts: Sequence[Draft], *, again: bool = True) -> list[Outcome]:
        try:
            return self._database.append(drafts)
        except LogUnavailable as failure:
            log.warning("log.write_failed", appends=len(drafts), error=str(failure))
            outcomes = self._kept(drafts, failure)
            lost = [number for number, outcome in enumerate(outcomes) if outcome is failure]
            if again and lost and isinstance(failure, LogInterrupted):
                retried = self._write([drafts[number] for number in lost], again=False)
                for number, outcome in zip(lost, retried, strict=True):
                    outcomes[number] = outcome
            return outcomes

    def _kept(self, drafts: Sequence[Draft], failure: LogUnavailable) -> list[Outcome]:
        """Find out what a failed transaction has left: a commit that reports a failure may have been done all the same."""
        try:
            with self._database.settled() as connection:
                kept = [with_ids(connection, (event.id for event in draft.events)) for draft in drafts]
        except LogUnavailable:
            words = f"{failure}; whether the append was kept is not known, so repeat it with the same idempotency key"
            return [LogUnavailable(words) for _ in drafts]
        return [Appended(events, duplicate=False) if events else failure for events in kept]
