"""Connections kept for whoever appends next: borrowing from a pool, with all that it does, took a twentieth of an append."""

from __future__ import annotations

import select
from collections import deque
from contextlib import suppress
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection

Driver = psycopg.Connection[tuple[Any, ...]]


class Kept:
    """A connection that is lent to one at a time.

    Attributes:
        driver: the connection itself; its statements commit by themselves.
    """

    def __init__(self, connection: PoolProxiedConnection, idle: deque[Kept]) -> None:
        self.driver = cast("Driver", connection.driver_connection)
        self._connection = connection
        self._idle = idle

    def close(self) -> None:
        """Give it back."""
        if self._connection.is_valid:
            self._idle.append(self)

    def invalidate(self) -> None:
        """Close it for good."""
        self._connection.invalidate()


class Keep:
    """Lends connections and takes them back. As many are open as were ever lent at once: one, where one writer appends."""

    def __init__(self) -> None:
        self._idle: deque[Kept] = deque()

    def lend(self, engine: sa.Engine) -> Kept:
        """Lend one that waits, or a new one of this engine's."""
        while kept := self._next():
            if is_alive(kept.driver):
                return kept
            kept.invalidate()
        return Kept(engine.raw_connection(), self._idle)

    def close(self) -> None:
        """Close those that wait."""
        while kept := self._next():
            kept.invalidate()

    def _next(self) -> Kept | None:
        with suppress(IndexError):  # not asked beforehand: another thread may take the last one
            return self._idle.pop()
        return None


def is_alive(driver: Driver) -> bool:
    """Tell whether the server has not ended this connection while it was idle.

    A server that ends a session says so or hangs up, and says nothing otherwise: asking the kernel costs no round trip.
    """
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    return not poll.poll(0)
