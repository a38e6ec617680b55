"""The threads that follow from the configuration: a herald for each notifier, a replicator for each storage, observers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping

import structlog

from aslo_core.jobs.loop import Loop

log = structlog.get_logger(__name__)

Wanted = Mapping[str, Callable[[], Loop]]
"""Who should be at work, each with what makes them."""

_TICK_S = 1.0


class Crew:
    """Starts who is wanted, and lets who is wanted no more end after the present turn.

    Nobody is started beside one of the same name who has not ended yet: the two might do the same twice.

    Args:
        wanted: tells who should be at work now.
    """

    def __init__(self, wanted: Callable[[], Wanted]) -> None:
        self._wanted = wanted
        self._working: dict[str, Loop] = {}
        self._lock = threading.Lock()
        self._ended = False
        self._hiring = Loop("crew", self._turn, _TICK_S)

    def start(self) -> None:
        """Start who is wanted, now and from now on."""
        self._hiring.start()

    def look(self) -> None:
        """Say that others may be wanted now."""
        self._hiring.poke()

    def poke(self) -> None:
        """Tell everybody that there may be something to do."""
        for loop in self._working.values():
            loop.poke()

    def stop(self, timeout: float) -> None:
        """Start nobody from now on; end everybody, all within `timeout` seconds."""
        with self._lock:
            self._ended = True
            working = tuple(self._working.values())
        end((self._hiring, *working), timeout)

    def _turn(self) -> None:
        wanted = self._wanted()
        with self._lock:
            if self._ended:
                return
            for name, loop in self._working.items():
                if name not in wanted:
                    loop.stop(timeout=0)
            self._working = {name: loop for name, loop in self._working.items() if not loop.has_ended}
            for name in sorted(wanted.keys() - self._working.keys()):
                try:
                    loop = wanted[name]()
                    loop.start()
                except Exception:
                    log.exception("crew.not_started", name=name, consequence="it is tried again at the next look")
                else:
                    self._working = {**self._working, name: loop}


def end(loops: Iterable[Loop], timeout: float) -> None:
    """Tell loops to end, all at once; wait for all of them for at most `timeout` seconds."""
    deadline = time.monotonic() + timeout
    loops = tuple(loops)
    for loop in loops:
        loop.stop(timeout=0)
    for loop in loops:
        loop.stop(max(deadline - time.monotonic(), 0))
