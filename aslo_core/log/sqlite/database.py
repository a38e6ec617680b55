"""What is particular to a log in an SQLite file: its connections and transactions, and what its failures mean.

SQLite in WAL mode has one writer and any number of readers at a time. A write transaction begins with BEGIN IMMEDIATE: a
deferred one that finds another writer on its way cannot wait, it fails at once.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from aslo_core.failpoints import failpoint
from aslo_core.log import reading
from aslo_core.log.database import Watch
from aslo_core.log.draft import Draft
from aslo_core.log.errors import LogInterrupted, LogNotReady, LogUnavailable, damaged
from aslo_core.log.outcome import Appended, Outcome
from aslo_core.log.schema import misfit
from aslo_core.log.sqlite.batch import Batch, Repeated
from aslo_core.log.sqlite.guards import missing_guards
from aslo_core.log.sqlite.keep import Keep, driver_of
from aslo_core.log.sqlite.pages import absent_pages
from aslo_core.log.sqlite.transaction import SqliteTransaction

_MEANINGS = {
    "SQLITE_FULL": "the disk is full: free some space",
    "SQLITE_BUSY": "another process has held the write lock for too long: find and end it",
    "SQLITE_LOCKED": "another connection has held the lock for too long: find and end it",
    "SQLITE_READONLY": "it may not be written: check owner and mode of the file and its directory, and how the disk is mounted",
    "SQLITE_PERM": "access is denied: check owner and mode of the file and of its directory",
    "SQLITE_CANTOPEN": "it cannot be opened: check that it exists, and owner and mode of the file and of its directory",
    "SQLITE_IOERR": "reading or writing failed: check the disk, its quota and the system's log",
    "SQLITE_CORRUPT": "it is damaged: stop ASLO, keep the file and those beside it, restore log.db from the backup",
    "SQLITE_NOTADB": "it is not an SQLite database: stop ASLO, keep the file, restore log.db from the backup",
}

_BEGIN = "BEGIN IMMEDIATE"
_PATIENCE_S = 4.0

_CHECKPOINT_PAGES = 4000
"""Pages in the write-ahead log from which on a commit moves them into the file: four times SQLite's own number, since each
append writes to the same pages of the indexes again. That saves a tenth of an append, for 16 MiB of disk."""

_LOOK_EVERY = (0.005, 0.1)
"""Seconds between the first and the last looks of a reader that waits; a look costs 2 µs."""


class SqliteDatabase:
    """One log.db, as `database.Database` describes it.

    Args:
        path: the file, which must exist.
        patience: seconds to wait for another process's write lock.
        flushed: whether each commit is flushed to the disk; otherwise that is left to the next flush, and a power cut may take
            the newest commits with it.

    Attributes:
        opened_as: parameters of the address that SQLite opens it by; these never create a file.
    """

    opened_as = "mode=rw"

    def __init__(self, path: Path, *, patience: float = _PATIENCE_S, flushed: bool = True) -> None:
        self.path = path
        self._patience = patience
        self._reading = Keep(partial(self.connect, "query_only=ON"))
        synchronous = f"synchronous={'FULL' if flushed else 'NORMAL'}"
        checkpoint = f"wal_autocheckpoint={_CHECKPOINT_PAGES}"
        self._writing = Keep(partial(self.connect, synchronous, checkpoint, "secure_delete=ON"))

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    def require_ready(self) -> None:
        """Make sure that the tables are those of this program, and guarded, and that the file was not cut off."""
        if not self.path.exists() or not self.path.stat().st_size:  # opening an empty one would cost its write-ahead log
            raise LogNotReady(f"there is no log at {self.path}: create it with `aslo db upgrade`")
        with self.read() as connection:
            if reason := misfit(connection):
                raise LogNotReady(f"the log {self.path} {reason}")
            if missing := missing_guards(connection):
                raise LogNotReady(
                    f"the log {self.path} lacks guards against change, or has others ({', '.join(missing)}):"
                    " somebody has altered it. Keep a copy of the file and find out what happened"
                )
            if absent := absent_pages(connection, self.path):
                raise damaged(self.name, f"{absent} of its pages are not there: it was cut off")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Lend a connection that cannot write and holds no transaction: each statement sees the newest commit."""
        with translated(self.path), self._reading.lend() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """Lend a connection within a transaction that reads; what is committed meanwhile stays in the write-ahead log."""
        with self.read() as connection:
            driver = driver_of(connection)
            driver.execute("BEGIN")
            yield connection
            driver.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Lend a connection within a transaction that has the write lock, and commit at the end."""
        with translated(self.path), self._writing.lend() as connection:
            with connection.begin():  # which tells SQLAlchemy, and the driver nothing
                driver_of(connection).execute(_BEGIN)
                yield connection
                failpoint("log.sqlite.write.before")
            failpoint("log.sqlite.write.after")

    def append(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Write them in one transaction; to the driver directly, since time counts here."""
        failure = LogUnavailable
        try:
            with self._writing.lend() as connection:
                driver = driver_of(connection)
                driver.execute(_BEGIN)
                outcomes = Batch(SqliteTransaction(driver), drafts).write()
                failure = LogInterrupted  # what fails at last may be the flush of what stands there already
                failpoint("log.sqlite.append.before")
                driver.execute("COMMIT")
                failpoint("log.sqlite.append.after")
        except (DBAPIError, sqlite3.Error) as error:
            raise _unavailable(self.path, error, failure) from error
        return [self._repeated(found.draft) if isinstance(found, Repeated) else found for found in outcomes]

    @contextmanager
    def settled(self) -> Iterator[sa.Connection]:
        """Lend a connection to read with: an append ends with the connection that it came over, so none can be under way."""
        with self.read() as connection:
            yield connection

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """Look at the file's data version, on a connection of its own, since the number is relative to one."""
        with self.read() as connection:
            driver = driver_of(connection)
            yield Watch(lambda: data_version(driver), *_LOOK_EVERY)

    def faults(self) -> Iterator[str]:
        """Say what is wrong with the tables, the guards and the file."""
        with self.read() as connection:
            if reason := misfit(connection):
                yield f"the log {reason}"
            yield from (f"the guard {name} is missing or altered" for name in missing_guards(connection))
            damages = connection.exec_driver_sql("PRAGMA integrity_check(10)").scalars().all()
            yield from (f"the file is damaged: {damage}" for damage in damages if damage != "ok")

    def scrub(self) -> bool:
        """Move everything from the write-ahead log into the database and empty it; tell whether no reader prevented that."""
        with self.read() as connection:
            busy: int = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
            return busy == 0

    def close(self) -> None:
        """Close all connections: one that is lent when it is given back."""
        self._reading.close()
        self._writing.close()

    def _repeated(self, draft: Draft) -> Appended:
        with translated(self.path, LogInterrupted), self._reading.lend() as connection:
            return Appended(reading.with_key(connection, draft.cause.source, draft.key), duplicate=True)

    def connect(self, *pragmas: str) -> sqlite3.Connection:
        """Open a connection of the driver's with these settings."""
        uri = f"file:{quote(str(self.path.absolute()))}?{self.opened_as}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=self._patience, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection


@contextmanager
def migrating(path: Path) -> Iterator[sa.Connection]:
    """Lend a connection that may make tables, within a transaction; the file is made where there is none.

    Raises:
        LogUnavailable: it cannot be written.
    """
    with translated(path):
        _begin_wal(path)
    with closing(SqliteDatabase(path)) as database, database.write() as writing:
        yield writing


def _begin_wal(path: Path) -> None:
    """Have a write-ahead log from now on.

    Of two that say so at once SQLite refuses one without waiting, since each would wait for the other.
    """
    until = time.monotonic() + _PATIENCE_S
    while True:
        with closing(sqlite3.connect(path)) as connection:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            else:
                return
        time.sleep(_LOOK_EVERY[0])


@contextmanager
def translated(path: Path, kind: type[LogUnavailable] = LogUnavailable) -> Iterator[None]:
    """Turn failures of the database into words.

    Raises:
        LogUnavailable: instead of an error of SQLAlchemy's or of the driver's; of that kind.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise _unavailable(path, error, kind) from error


def _unavailable(path: Path, error: DBAPIError | sqlite3.Error, kind: type[LogUnavailable]) -> LogUnavailable:
    return kind(f"the log {path} is not available: {meaning(error.orig if isinstance(error, DBAPIError) else error)}")


def meaning(error: BaseException | None) -> str:
    """Say in words what an error of the driver means, and what to do."""
    name = getattr(error, "sqlite_errorname", "")
    for prefix, words in _MEANINGS.items():
        if name.startswith(prefix):
            return f"{words} ({name})"
    return f"{error} ({name})" if name else str(error)


def data_version(driver: sqlite3.Connection) -> int:
    """Return a number that is another one after any commit by another connection, of this process or any."""
    version: int = driver.execute("PRAGMA data_version").fetchone()[0]
    return version
