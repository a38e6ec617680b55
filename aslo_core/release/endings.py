"""Hears of runs that end while they are worked on, from the log itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from aslo_core import events as e
from aslo_core.log import EventLog, LogUnavailable

log = structlog.get_logger(__name__)

_TYPES = frozenset(event.event_name for event in e.ENDINGS)
_AGAIN_S = 1.0


class Endings:
    """Calls whoever works on a run once that has ended. One thread, started when the first one asks.

    Args:
        events: the log.
    """

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[int, Callable[[], None]]] = {}
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def heard(self, stream: str, version: int, tell: Callable[[], None]) -> Iterator[None]:
        """Call `tell` once a run of a release has ended beyond a version of its stream; within the block, and once or twice.

        Args:
            stream: the release's stream; one at a time may wait for each.
            version: how much of it is known.
            tell: called in another thread, or in this one where it has ended before; must not wait.

        Raises:
            LogUnavailable: the log cannot be read.
        """
        self._follow()
        with self._lock:
            self._waiting[stream] = (version, tell)
        try:
            # What was recorded before we were listening.
            if any(recorded.type in _TYPES for recorded in self._events.read(stream, after=version)):
                tell()
            yield
        finally:
            with self._lock:
                del self._waiting[stream]

    def close(self) -> None:
        """End the thread."""
        self._closing.set()

    def _follow(self) -> None:
        with self._lock:
            if self._thread is None:
                after = self._events.head()
                self._thread = threading.Thread(target=self._run, args=(after,), name="endings", daemon=True)
                self._thread.start()

    def _run(self, after: int) -> None:
        while not self._closing.is_set():
            try:
                for recorded in self._events.tail(after, self._closing, types=_TYPES):
                    after = recorded.position
                    self._hear(recorded)
            except LogUnavailable as reason:
                log.warning("endings.log_unavailable", error=str(reason), consequence="a cancelled step is ended later")
                self._closing.wait(_AGAIN_S)
            except LookupError:  # of an event that a newer ASLO recorded; the others' are heard all the same
                log.exception("endings.unreadable", consequence="what ended just now may go on until its step is done")
                self._closing.wait(_AGAIN_S)
                after = self._events.head()
            else:
                return  # the log is closed

    def _hear(self, recorded: e.Recorded) -> None:
        with self._lock:
            version, tell = self._waiting.get(recorded.stream, (recorded.version, lambda: None))
        if recorded.version > version:
            tell()
