"""The steps that a process is at: each is waited for until it is done, its run has ended, or its time is over."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog

from aslo_core.errors import Transient
from aslo_core.release.attempt import Attempt, T, Undertaking
from aslo_core.release.decide import StaleAttempt
from aslo_core.release.endings import Endings
from aslo_core.release.state import ReleaseState
from aslo_core.release.threads import Threads

log = structlog.get_logger(__name__)

END_S = 0.5
"""How long a step may take to end that was told to; whoever waits for it then goes on without it."""

LEFT_AT_MOST = 8
"""So many may hang at one and the same step of a process before no further one is begun: each keeps a thread."""


class ProcessEnds(Exception):
    """The process is about to end: the claim stands, and the next start gives it up."""


class Undertakings:
    """Sees to it that no step holds up whoever waits for it longer than it may.

    Args:
        endings: hears of runs that have ended.
    """

    def __init__(self, endings: Endings) -> None:
        self._endings = endings
        self._threads = Threads()
        self._lock = threading.Lock()
        self._under_way: set[Callable[[], None]] = set()
        self._left: Counter[str] = Counter()
        self._ending = False

    def left_behind(self) -> Mapping[str, int]:
        """Count the steps that nobody waits for any more and that go on all the same, by their names."""
        with self._lock:
            return {step: number for step, number in self._left.items() if number}

    def interrupt(self) -> None:
        """Have everything end that is under way, and whatever begins from now on."""
        with self._lock:
            self._ending = True
            under_way = tuple(self._under_way)
        for interrupt in under_way:
            interrupt()

    def carry_out(
        self,
        claimed: ReleaseState,
        attempt: Attempt,
        seconds: float,
        do: Callable[[Attempt], T],
        came_back: Callable[[], None],
    ) -> T:
        """Do a step in a thread of its own, and return what it comes to.

        Args:
            claimed: the release, as it was when the step was claimed.
            attempt: what it is done with.
            seconds: how long it may take.
            do: does it.
            came_back: called once one has ended that was left behind, in its thread.

        Raises:
            StaleAttempt: its run has ended meanwhile.
            ProcessEnds: the process is about to.
            Transient: it was not done in time, or others like it hang.
            Exception: what `do` raised.
        """
        step = claimed.claimed or ""
        self._refuse_where_others_hang(step)
        undertaking = Undertaking(attempt.stop, lambda: do(attempt))
        with self._endings.heard(claimed.stream, claimed.version, undertaking.interrupt), self._listed(undertaking.interrupt):
            undertaking.start(f"{step} {claimed.stream}", self._threads)
            undertaking.wait(seconds)
            done, interrupted = undertaking.has_ended, attempt.stop.is_set()
        if not undertaking.end(END_S):
            self._leave(undertaking, claimed, came_back)
        if interrupted and self._ending:
            raise ProcessEnds
        if interrupted:
            raise StaleAttempt(f"{claimed.stream}: its run ended while attempt {attempt.number} was at {step}")
        if not done:
            raise Transient(f"{step} was not done within {seconds:g} seconds, and was given up")
        return undertaking.result()

    @contextmanager
    def _listed(self, interrupt: Callable[[], None]) -> Iterator[None]:
        with self._lock:
            self._under_way.add(interrupt)
            ending = self._ending
        if ending:
            interrupt()
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(interrupt)

    def _refuse_where_others_hang(self, step: str) -> None:
        with self._lock:
            hanging = self._left[step]
        if hanging >= LEFT_AT_MOST:
            raise Transient(
                f"{hanging} earlier attempts at {step} hang in this process, so that no further one was begun; find out what"
                " they wait for, and restart ASLO if that does not end them"
            )

    def _leave(self, undertaking: Undertaking[T], claimed: ReleaseState, came_back: Callable[[], None]) -> None:
        step = claimed.claimed or ""
        told = {"release": claimed.stream, "step": step, "attempt": claimed.attempt}
        with self._lock:
            self._left[step] += 1
        log.warning("step.left_behind", **told, consequence="it keeps a thread until it ends; what it comes to counts no more")

        def afterwards() -> None:
            with self._lock:
                self._left[step] -= 1
            log.info("step.came_back", **told)
            came_back()

        undertaking.leave(afterwards)
