"""Containers that are started ahead, so that nothing waits for the daemon or for Python. Each is used once."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

import structlog

from aslo_builder_docker.container import Container
from aslo_builder_docker.shape import Shape
from aslo_core.api import AsloError

log = structlog.get_logger(__name__)

_CLOSE_SECONDS = 3.0


class WarmContainers:
    """A pool that is filled from `keep` to `close`, and empty otherwise.

    Args:
        make: makes a container and starts it.
        size: how many to keep ready.
    """

    def __init__(self, make: Callable[[Shape], Container], size: int) -> None:
        self._make = make
        self._size = size
        self._lock = threading.RLock()
        self._ready: deque[Container] = deque()
        self._shape: Shape | None = None
        self._making = 0
        self._kept = False
        self._threads: set[threading.Thread] = set()

    def keep(self, shape: Shape) -> None:
        """Keep containers ready from now on; of this shape until a build asks for another."""
        with self._lock:
            self._kept = True
            self._shape = self._shape or shape
        self._fill()

    def take(self, shape: Shape) -> Container | None:
        """Give a container of that very shape, if one waits; those of another are made anew in this one."""
        with self._lock:
            if shape != self._shape:
                self._shape = shape
                while self._ready:
                    self._in_background(self._ready.popleft().discard)
            return self._first_that_waits()

    def take_holding(self, shape: Shape) -> Container | None:
        """Give a container that may be larger than that shape, if one waits."""
        with self._lock:
            if self._shape is None or not self._shape.holds(shape):
                return None
            return self._first_that_waits()

    def after(self, container: Container) -> None:
        """Remove a container that was used, and make up for those that were taken; nobody waits for that."""
        with self._lock:
            kept = self._kept
        if not kept:
            container.discard()
            return

        def remove_and_fill() -> None:
            container.discard()
            self._fill()

        self._in_background(remove_and_fill)

    def close(self) -> None:
        """Remove what is ready and keep nothing from now on. What a daemon that hangs holds up is left to the next sweep."""
        with self._lock:
            self._kept = False
            ready, threads = list(self._ready), list(self._threads)
            self._ready.clear()
        deadline = time.monotonic() + _CLOSE_SECONDS
        threads += [self._in_background(container.discard) for container in ready]
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def _first_that_waits(self) -> Container | None:
        while self._ready:
            container = self._ready.popleft()
            if container.waits():
                return container
            self._in_background(container.discard)  # the daemon was restarted, or somebody ended it
        return None

    def _fill(self) -> None:
        while (shape := self._lacks()) is not None:
            container = None
            try:
                container = self._make(shape)
            except AsloError as error:
                # The next build makes its own, and tells its release if that fails as well.
                log.warning("builder.no_warm_container", error=str(error))
                return
            finally:
                with self._lock:
                    self._making -= 1
                    useful = container is not None and self._kept and shape == self._shape
                    if container is not None and useful:
                        self._ready.append(container)
            if not useful:
                container.discard()

    def _lacks(self) -> Shape | None:
        """Shape of a container that the caller is to make, if one is missing."""
        with self._lock:
            if not self._kept or len(self._ready) + self._making >= self._size:
                return None
            self._making += 1
            return self._shape

    def _in_background(self, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, name="containers", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()
        return thread
