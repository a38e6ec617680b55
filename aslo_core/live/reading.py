"""Waiting for the database beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

_THREADS = 4
_T = TypeVar("_T")
_Work = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[[], Any]]


class Reading:
    """A few threads that read for all streams. The process does not wait for them at its end, as it would for an executor's.

    Used from one event loop; the threads are started with the first thing to read.
    """

    def __init__(self) -> None:
        self._wanted: SimpleQueue[_Work | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    async def __call__(self, read: Callable[[], _T]) -> _T:
        """Have a thread read, and give what it returns; what it raises is raised here."""
        if not self._threads:
            self._threads = [threading.Thread(target=self._work, name="live-reader", daemon=True) for _ in range(_THREADS)]
            for thread in self._threads:
                thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()
        self._wanted.put((loop, future, read))
        return await future

    def close(self) -> None:
        """Let the threads end once they have read what they are at."""
        for _ in self._threads:
            self._wanted.put(None)

    def _work(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            loop, future, read = wanted
            if future.cancelled():
                continue
            try:
                settled: tuple[Callable[[Any], None], Any] = (future.set_result, read())
            except Exception as error:  # noqa: BLE001 - whoever waits for it raises it again
                settled = (future.set_exception, error)
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                loop.call_soon_threadsafe(_settle, future, *settled)


def _settle(future: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    if not future.done():
        settle(value)
