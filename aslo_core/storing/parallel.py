"""Doing the same to many objects, several at a time, since each mostly waits for a peer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

_THREADS = 4


def in_parallel(work: Callable[[T], None], items: Iterable[T], *, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Call `work` with each item, in threads that a process may end without waiting for them.

    Args:
        work: called from several threads at once.
        items: what it is called with.
        goes_on: asked before each item; once it says no, no other is begun.

    Raises:
        Exception: the first one that `work` raised; no other item is begun then.
    """
    waiting = iter(items)
    lock = threading.Lock()
    failures: list[Exception] = []

    def run() -> None:
        while not failures and goes_on():
            with lock:
                try:
                    item = next(waiting)
                except StopIteration:
                    return
            try:
                work(item)
            except Exception as reason:  # noqa: BLE001 - it is raised where the work was asked for
                failures.append(reason)

    threads = [threading.Thread(target=run, name="in-parallel", daemon=True) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
