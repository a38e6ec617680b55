"""The database of the read models: `views.db`, SQLite in WAL mode, disposable."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from aslo_core.errors import Transient
from aslo_core.projections.projection import positions

_BUSY_SECONDS = 30
_LOOK_EVERY_S = 0.01
_SCRATCH_CACHE_KIB = 64 << 10
_CHECKPOINT_PAGES = 4000
"""Pages in the write-ahead log from which on a commit moves them into the file; the same ones are written again and again."""


def open_writer(path: Path) -> Engine:
    """Open `views.db` for writing, made when it is missing. Every transaction is `BEGIN IMMEDIATE`.

    A deferred transaction that reads first and writes later fails as busy without waiting; an immediate one waits its turn.
    What is deleted is overwritten, since rows hold personal data that may have to be erased.
    """
    checkpoint = f"wal_autocheckpoint={_CHECKPOINT_PAGES}"
    pragmas = ("journal_mode=WAL", "synchronous=NORMAL", checkpoint, "secure_delete=ON")
    return _open(path, begin="BEGIN IMMEDIATE", pragmas=pragmas)


def open_scratch(path: Path) -> Engine:
    """Open a new database for one writer alone, which is thrown away if the process dies: nothing is flushed to the disk."""
    pragmas = ("locking_mode=EXCLUSIVE", "journal_mode=MEMORY", "synchronous=OFF", f"cache_size=-{_SCRATCH_CACHE_KIB}")
    return _open(path, begin="BEGIN", pragmas=pragmas)


def truncate_wal(writer: Engine) -> bool:
    """Move everything from the write-ahead log into the database and empty it; tell whether no reader prevented that."""
    with writer.connect() as connection:
        driver: Any = connection.connection.driver_connection  # a checkpoint cannot be within a transaction
        driver.execute("PRAGMA busy_timeout=0")
        try:
            busy: int = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError:
            return False
        finally:
            driver.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
    return busy == 0


class Views:
    """The read models, for reading alone; used from many threads.

    Args:
        path: `views.db`; the projector makes it.
    """

    def __init__(self, path: Path) -> None:
        self._engine = _open(path, begin="BEGIN", pragmas=("query_only=ON",), mode="rw")

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection on which all queries see the same moment.

        Raises:
            Transient: the tables are not there yet, or the database is locked.
        """
        try:
            with self._engine.connect() as connection:
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
    position: int = min(connection.scalars(_POSITIONS), default=-1)
    return position


_POSITIONS = select(positions.c.position)
"""Made once: making a query takes longer than SQLite takes to answer it."""


def _open(path: Path, *, begin: str, pragmas: tuple[str, ...], mode: str = "rwc") -> Engine:
    address = f"sqlite:///file:{quote(str(path.absolute()))}?mode={mode}&uri=true"
    engine = create_engine(address, connect_args={"timeout": _BUSY_SECONDS})

    def connected(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver would begin transactions by rules of its own
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
