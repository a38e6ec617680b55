"""The database of the read models: `views.db`, SQLite in WAL mode, disposable."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from aslo_core.errors import Transient
from aslo_core.projections.projection import positions

_BUSY_SECONDS = 30
_LOOK_EVERY_S = 0.01


def open_writer(path: Path) -> Engine:
    """Open `views.db` for writing, made when it is missing. Every transaction is `BEGIN IMMEDIATE`.

    A deferred transaction that reads first and writes later fails as busy without waiting; an immediate one waits its turn.
    What is deleted is overwritten, since rows hold personal data that may have to be erased.
    """
    return _open(path, begin="BEGIN IMMEDIATE", pragmas=("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"))


class Views:
    """The read models, for reading alone; used from many threads.

    Args:
        path: `views.db`; the projector makes it.
    """

    def __init__(self, path: Path) -> None:
        self._engine = _open(path, begin="BEGIN", pragmas=("query_only=ON",))

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection on which all queries see the same moment.

        Raises:
            Transient: the tables are not there yet, or the database is locked.
        """
        with self._engine.connect() as connection:
            try:
                yield connection
            except OperationalError as error:
                raise Transient(f"views.db cannot be read now: {error.orig}", retry_after=1) from error

    def position(self) -> int:
        """Position up to which every read model has seen the log; -1 when one of them has seen nothing.

        Raises:
            Transient: the tables are not there yet, or the database is locked.
        """
        with self.snapshot() as connection:
            return reached(connection)

    def wait_for(self, position: int, patience_s: float) -> bool:
        """Wait until every read model has seen the log up to a position; tell whether they came so far in time.

        Raises:
            Transient: the tables are not there yet, or the database is locked.
        """
        until = time.monotonic() + patience_s
        while self.position() < position:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_EVERY_S)
        return True

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def reached(connection: Connection) -> int:
    """Position that the snapshot stands at; -1 when a read model has seen nothing."""
    position: int = min(connection.scalars(select(positions.c.position)), default=-1)
    return position


def is_complete(connection: Connection) -> bool:
    """Whether every read model shows at least what the log held when its last rebuild began."""
    rows = connection.execute(select(positions.c.position, positions.c.rebuilt_at)).all()
    return bool(rows) and all(row.position >= row.rebuilt_at for row in rows)


def _open(path: Path, *, begin: str, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS})

    def connected(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver would begin transactions by rules of its own
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
