"""One attempt at a step, in a thread of its own: whoever waits for it can stop waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from aslo_core.release.threads import Threads
from aslo_core.types import Interruptible, LogSink

T = TypeVar("T")


@dataclass(frozen=True)
class Attempt:
    """What a step is done with.

    Attributes:
        number: the fencing token.
        log: hears what it says.
        stop: set once nobody wants its outcome any more.
    """

    number: int
    log: LogSink
    stop: threading.Event = field(default_factory=threading.Event)

    def interruptible(self, plugin: T) -> T:
        """Give what works like a plugin and ends with this attempt, where it can."""
        return plugin.until(self.stop) if isinstance(plugin, Interruptible) else plugin


class Undertaking(Generic[T]):
    """A step that is done in a thread of its own, which the process does not wait for at its end.

    Args:
        stop: is set to tell it to end.
        do: does it.
    """

    def __init__(self, stop: threading.Event, do: Callable[[], T]) -> None:
        self._stop = stop
        self._do = do
        self._changed = threading.Condition(threading.Lock())
        self._has_ended = False
        self._afterwards: Callable[[], None] | None = None
        self._result: T
        self._error: BaseException | None = None

    def start(self, name: str, threads: Threads) -> None:
        """Begin, in a thread that is called so meanwhile."""
        threads.run(name, self._run)

    @property
    def has_ended(self) -> bool:
        """Whether it was done, or has failed."""
        return self._has_ended

    def interrupt(self) -> None:
        """Tell it to end; `wait` waits no longer. Any thread may call this."""
        with self._changed:
            self._stop.set()
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait for its end or an interruption, for so long at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_ended or self._stop.is_set(), seconds)

    def end(self, seconds: float) -> bool:
        """Tell it to end and wait for that, for so long at most; tell whether it has."""
        self.interrupt()
        with self._changed:
            return self._changed.wait_for(lambda: self._has_ended, seconds)

    def result(self) -> T:
        """What it came to; only once it has ended. Raises what was raised."""
        if self._error is not None:
            raise self._error
        return self._result

    def leave(self, afterwards: Callable[[], None]) -> None:
        """Leave it to itself: nobody waits for it any more, and `afterwards` is called at its end, whenever that is."""
        with self._changed:
            if not self._has_ended:
                self._afterwards = afterwards
                return
        afterwards()

    def _run(self) -> None:
        try:
            self._result = Context().run(self._do)
        except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it again
            self._error = error
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
            afterwards = self._afterwards
        if afterwards is not None:
            afterwards()
