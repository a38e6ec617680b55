"""Group commit: whoever appends while nobody writes does so, for all that wait; the others wait for the outcome.

A flush to the disk takes as long for one append as for a hundred. While one batch is flushed the next one gathers, and the
first of it writes it as soon as the flush is over: once those of the last batch had a moment to come again, where they were a
crowd. So an append that comes alone waits for no company and for no other thread. Appends are taken in the order in which they
came, and a batch is bounded in size, so that nobody waits behind more than one batch of what came later.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

import structlog

from aslo_core.log.attempt import attempt
from aslo_core.log.database import Database
from aslo_core.log.draft import Draft
from aslo_core.log.errors import LogUnavailable
from aslo_core.log.outcome import Appended, Outcome

log = structlog.get_logger(__name__)

CROWD = 4
"""Appends from which on they are expected to be followed by as many."""
GATHER_S = 0.002
"""Seconds for which these are waited for at most."""
MAX_BATCH = 256
"""Most appends in one transaction."""
MAX_BATCH_BYTES = 4 * 1024 * 1024
"""Bytes of bodies after which a transaction takes no further append."""


class _Request:
    """An append that waits for its outcome, or for its turn to write.

    Attributes:
        woken: released once when either has come.
    """

    __slots__ = ("draft", "outcome", "woken")

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.outcome: Outcome | None = None
        self.woken = threading.Lock()
        self.woken.acquire()


class Writer:
    """The only one in this process that writes events.

    Args:
        database: where to.
        committed: called after each commit that added events, before the callers are answered.

    Attributes:
        failing: whether nothing was written since an append failed.
    """

    def __init__(self, database: Database, committed: Callable[[], None]) -> None:
        self._database = database
        self._committed = committed
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: deque[_Request] = deque()
        self._expected = 0
        self._gathered = threading.Condition(self._lock)
        self._writing = False
        self._closing = False
        self.failing = False

    def append(self, draft: Draft) -> Appended:
        """Write an append and wait until it is on the disk.

        Raises:
            Conflict: it was decided on something that is no longer so; nothing of it was written.
            LogUnavailable: the database failed, or the log is closed.
        """
        request = _Request(draft)
        with self._lock:
            if self._closing:
                raise LogUnavailable(f"the log {self._database.name} is closed in this process")
            self._waiting.append(request)
            if len(self._waiting) == self._expected:
                self._gathered.notify_all()
            its_turn, self._writing = not self._writing, True
        if not its_turn:
            self._wait(request)
        if request.outcome is None:
            self._write_batch()
        if isinstance(request.outcome, Appended):
            return request.outcome
        raise request.outcome or AssertionError("a batch begins with the append of whoever writes it")

    def close(self) -> None:
        """Let what waits be written; later appends are refused."""
        with self._lock:
            self._closing = True
            self._idle.wait_for(lambda: not self._writing)

    def _wait(self, request: _Request) -> None:
        try:
            request.woken.acquire()
        except BaseException:  # raised by a handler of signals: what is not under way yet is not done
            with self._lock:
                its_turn = request.woken.acquire(blocking=False) and request.outcome is None
                if not its_turn and request in self._waiting:
                    self._waiting.remove(request)
            if its_turn:
                self._write_batch()
            raise

    def _write_batch(self) -> None:
        """Write what waits once those are there who are expected; the caller is the first in line."""
        try:
            self._gather()
        finally:  # whatever a handler of signals raises meanwhile: the others wait
            self._write_gathered()

    def _gather(self) -> None:
        """Wait for as many as there were last time: each batch costs the same, and theirs would be the next one."""
        with self._lock:
            if self._expected >= CROWD:
                self._gathered.wait_for(lambda: len(self._waiting) >= self._expected, GATHER_S)

    def _write_gathered(self) -> None:
        """Write what waits; let the next one in line write, then wake the others."""
        batch = self._take()
        words = "interrupted; whether the append was kept is not known, so repeat it with the same idempotency key"
        outcomes: Sequence[Outcome] = [LogUnavailable(f"the log {self._database.name} was {words}") for _ in batch]
        try:
            outcomes = self._outcomes([request.draft for request in batch])
        finally:
            for request, outcome in zip(batch, outcomes, strict=True):
                request.outcome = outcome
            with self._lock:
                self._writing = bool(self._waiting)
                self._expected = len(batch) + len(self._waiting)
                if self._writing:
                    self._waiting[0].woken.release()
                else:
                    self._idle.notify_all()
            for request in batch[1:]:
                request.woken.release()

    def _take(self) -> list[_Request]:
        batch: list[_Request] = []
        size = 0
        with self._lock:
            while self._waiting and len(batch) < MAX_BATCH and size < MAX_BATCH_BYTES:
                batch.append(self._waiting.popleft())
                size += sum(len(event.deflated) for event in batch[-1].draft.events)
        return batch

    def _outcomes(self, drafts: Sequence[Draft]) -> Sequence[Outcome]:
        try:
            outcomes = attempt(self._database, drafts)
        except Exception as error:
            log.exception("log.write_failed", appends=len(drafts))
            self.failing = True
            return [LogUnavailable(f"the log {self._database.name} failed: {error}") for _ in drafts]
        # Each caller gets an error of its own: a raised one takes on the traceback of its thread.
        outcomes = [LogUnavailable(str(outcome)) if isinstance(outcome, LogUnavailable) else outcome for outcome in outcomes]
        if any(isinstance(outcome, Appended) and not outcome.duplicate for outcome in outcomes):
            self.failing = False
            self._committed()
        elif any(isinstance(outcome, LogUnavailable) for outcome in outcomes):
            self.failing = True
        return outcomes
