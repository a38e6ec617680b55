"""What any code host does on a bad day, switched on for the requests that a test names."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_MEETING_SECONDS = 20


@dataclass(frozen=True)
class Canned:
    """An answer given instead of the true one; nothing is changed."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pause:
    """Waits before the request is handled."""

    wait: Callable[[], object]


@dataclass(frozen=True)
class LostAnswer:
    """The request is handled, then the connection breaks before a byte of the answer is sent."""


Fault = Canned | Pause | LostAnswer


def lost_answer() -> LostAnswer:
    """What was asked for is done, and the caller never hears of it."""
    return LostAnswer()


def slow(seconds: float) -> Pause:
    """An answer that takes its time."""
    return Pause(lambda: threading.Event().wait(seconds))


def together(parties: int) -> Pause:
    """Holds requests until so many of them are waiting, so that a race happens for certain."""
    barrier = threading.Barrier(parties)
    return Pause(lambda: barrier.wait(_MEETING_SECONDS))


class Faults:
    """The faults that are switched on, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[tuple[str, str, Fault]] = []

    def add(self, fault: Fault, *, method: str, path: str, times: int) -> None:
        """Let the next `times` requests that match run into a fault."""
        with self._lock:
            self._pending += [(method.upper(), path, fault)] * times

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request runs into."""
        with self._lock:
            for index, (wanted, pattern, fault) in enumerate(self._pending):
                if wanted in ("*", method) and fnmatch.fnmatchcase(path, pattern):
                    del self._pending[index]
                    return fault
        return None

    def clear(self) -> None:
        """Switch off what has not happened yet."""
        with self._lock:
            self._pending.clear()
