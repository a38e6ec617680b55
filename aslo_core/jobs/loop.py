"""A thread that does one thing again and again, woken when there may be something to do."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from aslo_core.log import LogUnavailable

log = structlog.get_logger(__name__)


class Loop:
    """Calls `turn` whenever it is poked, and at least every `tick` seconds.

    Args:
        name: the thread's name.
        turn: does what is due; what it raises is logged, and it is called again at the next tick.
        tick: longest pause between two calls, in seconds.
        cut_short: called when it is to end, so that a long turn comes to its end sooner.
        apart: shortest pause between two calls, in seconds, no longer than `tick`: what it is poked for meanwhile is soon
            enough after that.
    """

    def __init__(
        self,
        name: str,
        turn: Callable[[], None],
        tick: float,
        cut_short: Callable[[], None] = lambda: None,
        apart: float = 0.0,
    ) -> None:
        self._turn = turn
        self._tick = tick
        self._apart = apart
        self._cut_short = cut_short
        self._poked = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether it was started, and its last turn is over."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def poke(self) -> None:
        """Say that there may be something to do."""
        self._poked.set()

    def stop(self, timeout: float) -> None:
        """End after the present turn; wait for that for at most `timeout` seconds. One that was never started never starts."""
        self._stopping.set()
        self._cut_short()
        self._poked.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
            except LogUnavailable as reason:
                log.warning("loop.log_unavailable", loop=self._thread.name, error=str(reason))
            except Exception:
                log.exception("loop.turn_failed", loop=self._thread.name)
            self._stopping.wait(self._apart)
            self._poked.wait(self._tick - self._apart)
            self._poked.clear()
