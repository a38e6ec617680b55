"""Threads that are kept for the next one: to start one takes longer than most steps of a small release."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

_KEPT = 8
"""So many wait at most."""
_IDLE = "between two steps"


class Threads:
    """Runs each thing in a thread that does nothing else meanwhile, and that the process does not wait for at its end."""

    def __init__(self) -> None:
        self._idle: deque[_Thread] = deque()

    def run(self, name: str, do: Callable[[], None]) -> None:
        """Run something, which raises nothing, in a thread that is called so meanwhile."""
        thread = self._next()
        if thread is None:
            thread = _Thread(self._come_back)
            thread.start()
        thread.tasks.put((name, do))

    def _come_back(self, thread: _Thread) -> bool:
        if len(self._idle) >= _KEPT:
            return False
        self._idle.append(thread)
        return True

    def _next(self) -> _Thread | None:
        with suppress(IndexError):  # not asked beforehand: another thread may take the last one
            return self._idle.pop()
        return None


class _Thread(threading.Thread):
    """Does one thing after the other.

    Attributes:
        tasks: what it is to do, and what it is called meanwhile.
    """

    def __init__(self, done: Callable[[_Thread], bool]) -> None:
        super().__init__(daemon=True)
        self.tasks: SimpleQueue[tuple[str, Callable[[], None]]] = SimpleQueue()
        self._done = done

    def run(self) -> None:
        goes_on = True
        while goes_on:
            self.name, do = self.tasks.get()
            do()
            del do  # and with it what it holds
            self.name = _IDLE
            goes_on = self._done(self)
