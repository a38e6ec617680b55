"""Connections kept for whoever comes next: to borrow one from SQLAlchemy's pool takes longer than most queries."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import cast

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

_KEPT = 8
"""So many wait at most; each keeps a file open, and pages in memory."""


def driver_of(connection: sa.Connection) -> sqlite3.Connection:
    """Give the driver's connection beneath SQLAlchemy's."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


class Keep:
    """Lends connections, each to one at a time. None is opened before it is needed.

    Args:
        connect: opens one of the driver's.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._engine = sa.create_engine("sqlite://", creator=connect, poolclass=NullPool, pool_reset_on_return=None)
        self._idle: deque[sa.Connection] = deque()
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[sa.Connection]:
        """Lend one. After a failure, or with a transaction left open, it is closed, which undoes what was not committed."""
        connection = self._next() or self._engine.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        connection.rollback()  # which ends what SQLAlchemy takes for a transaction since the first statement
        if driver_of(connection).in_transaction:
            connection.close()
            return
        self._idle.append(connection)
        if self._closed:
            self.close()
        elif len(self._idle) > _KEPT and (spare := self._next()):
            spare.close()

    def close(self) -> None:
        """Close all that wait, and each that is lent once it is given back."""
        self._closed = True
        while connection := self._next():
            connection.close()

    def _next(self) -> sa.Connection | None:
        with suppress(IndexError):  # not asked beforehand: another thread may take the last one
            return self._idle.pop()
        return None
