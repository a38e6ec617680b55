"""One thing at a time: a thread stands still at every place it reaches, until it goes on or something befalls it there."""

from __future__ import annotations

import threading
from collections.abc import Callable

PATIENCE_S = 30.0
"""Within so many seconds a thread comes to its next place or its end; more means that it waits for what never comes."""


class Killed(BaseException):
    """The process is gone: nothing that comes after this was ever done."""


class Stepwise:
    """Does something place by place.

    Args:
        do: calls `reach`, in whatever thread.

    Attributes:
        at: the place where it stands, or empty once there is no further one.
    """

    def __init__(self, do: Callable[[], None]) -> None:
        self._do = do
        self._arrived = threading.Semaphore(0)
        self._told = threading.Semaphore(0)
        self._befalls: BaseException | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.at = ""

    def start(self) -> None:
        """Begin, and come to the first place or the end."""
        self._thread.start()
        self._wait()

    def reach(self, where: str) -> None:
        """Come to a place: wait there, and raise what befalls the thread."""
        self.at = where
        self._arrived.release()
        self._told.acquire()
        befalls, self._befalls = self._befalls, None
        if befalls is not None:
            raise befalls

    def go_on(self, befalls: BaseException | None = None) -> None:
        """Go on to the next place or the end, and wait for that."""
        self._befalls = befalls
        self.at = ""
        self._told.release()
        self._wait()

    def _wait(self) -> None:
        assert self._arrived.acquire(timeout=PATIENCE_S), "a thread waits for what never comes"
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._do()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - raised by whoever has it go on
            self._error = error
        self._arrived.release()
