"""Word of new events within a process, so that readers need not wait for the next look at the file."""

from __future__ import annotations

import threading


class Growth:
    """Counts commits, and wakes those who wait for the next one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._commits = 0

    @property
    def commits(self) -> int:
        """How many were announced so far."""
        with self._lock:
            return self._commits

    def announce(self) -> None:
        """Tell that something was committed."""
        with self._lock:
            self._commits += 1
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> bool:
        """Wait until there are more commits than were seen, at most so many seconds; tell whether there are."""
        with self._changed:
            return self._changed.wait_for(lambda: self._commits != seen, seconds)
