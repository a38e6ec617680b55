"""SIGHUP: whoever runs ASLO asks it to read its configuration again."""

from __future__ import annotations

import signal
from queue import Empty, SimpleQueue


class Hangups:
    """The signals that were heard. Made in the main thread, as early as possible: until then the signal ends the process.

    The handler only puts into a `SimpleQueue`, whose `put` may interrupt itself; an `Event` would wait for its own lock.
    """

    def __init__(self) -> None:
        self._heard: SimpleQueue[None] = SimpleQueue()
        signal.signal(signal.SIGHUP, lambda *_: self.wake())

    def wake(self) -> None:
        """Let who waits go on, as a signal does."""
        self._heard.put(None)

    def wait(self, timeout: float) -> bool:
        """Wait for at most `timeout` seconds; tell whether there was a signal. All that came until now count as one."""
        try:
            self._heard.get(timeout=timeout)
        except Empty:
            return False
        while not self._heard.empty():
            self._heard.get()
        return True

    def ignore(self) -> None:
        """Hear no more, and do not end of it either."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
