"""Hears of runs that end while they are worked on, from the log itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from aslo_core import events as e
from aslo_core.log import EventLog, LogUnavailable

log = structlog.get_logger(__name__)

_TYPES = frozenset(event.event_name for event in e.ENDINGS)
_END_S = 2.0
_AGAIN_S = 1.0
_APART_S = 0.05
"""So much later who works on a run that ends may be told of it; to look at each event would take far more time."""


@dataclass(frozen=True)
class _Waiting:
    stream: str
    version: int
    tell: Callable[[], None]


class Endings:
    """Calls whoever works on a run once that has ended. One thread, started when the first one asks.

    Args:
        events: the log.
    """

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, _Waiting] = {}
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def heard(self, stream: str, version: int, tell: Callable[[], None]) -> Iterator[None]:
        """Call `tell` once a run of a release has ended beyond a version of its stream; within the block, and once or twice.

        Args:
            stream: the release's stream.
            version: how much of it is known.
            tell: called in another thread, or in this one where it has ended before; must not wait.

        Raises:
            LogUnavailable: the log cannot be read.
        """
        key = object()
        try:
            self._wait(key, _Waiting(stream, version, tell))
            yield
        finally:
            self._forget(key)

    def tell_once(self, stream: str, version: int, tell: Callable[[], None]) -> None:
        """Call `tell` once a run of a release has ended beyond a version of its stream, whenever that is.

        Args:
            stream: the release's stream; asked for the same again, only the newest is told.
            version: how much of it is known.
            tell: as in `heard`.

        Raises:
            LogUnavailable: the log cannot be read.
        """
        self._wait(stream, _Waiting(stream, version, tell))

    def close(self) -> None:
        """End the thread, which lets go of the log."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(_END_S)

    def _wait(self, key: Hashable, waiting: _Waiting) -> None:
        self._follow()
        with self._lock:
            self._waiting[key] = waiting
        # What was recorded before we were listening.
        if any(recorded.type in _TYPES for recorded in self._events.read(waiting.stream, after=waiting.version)):
            self._forget(key)
            waiting.tell()

    def _forget(self, key: Hashable) -> None:
        with self._lock:
            self._waiting.pop(key, None)

    def _follow(self) -> None:
        with self._lock:
            if self._thread is None:
                after = self._events.head()
                self._thread = threading.Thread(target=self._run, args=(after,), name="endings", daemon=True)
                self._thread.start()

    def _run(self, begin: int) -> None:
        after: int | None = begin
        while not self._closing.is_set():
            try:
                after = self._events.head() if after is None else after
                for recorded in self._events.tail(after, self._closing, types=_TYPES, apart=_APART_S):
                    after = recorded.position
                    self._hear(recorded)
            except LogUnavailable as reason:
                log.warning("endings.log_unavailable", error=str(reason), consequence="a cancelled step is ended later")
                self._closing.wait(_AGAIN_S)
            except LookupError:  # of an event that a newer ASLO recorded; the others' are heard all the same
                log.exception("endings.unreadable", consequence="what ended just now may go on until its step is done")
                self._closing.wait(_AGAIN_S)
                after = None  # what is the newest by then
            else:
                return  # the log is closed

    def _hear(self, recorded: e.Recorded) -> None:
        with self._lock:
            concerned = {
                key: waiting
                for key, waiting in self._waiting.items()
                if waiting.stream == recorded.stream and waiting.version < recorded.version
            }
            for key in concerned:
                del self._waiting[key]
        for waiting in concerned.values():
            waiting.tell()
