"""What is particular to a log in a PostgreSQL database: its connections, and what its failures mean.

An append is one call of one function, in one round trip, which commits by itself: nothing that happens to this process can
leave the write lock behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, TypeVar, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.pool import QueuePool

from aslo_core.failpoints import failpoint
from aslo_core.log.database import Watch
from aslo_core.log.draft import Draft
from aslo_core.log.errors import LogInterrupted, LogNotReady, LogUnavailable
from aslo_core.log.outcome import Outcome
from aslo_core.log.postgresql import guards
from aslo_core.log.postgresql.append import write
from aslo_core.log.postgresql.failures import is_cut_off, meaning
from aslo_core.log.postgresql.kept import Keep, Kept, is_alive
from aslo_core.log.postgresql.watched import WatchedConnection
from aslo_core.log.reading import head
from aslo_core.log.schema import misfit

SCHEMA = "aslo_log"
"""Schema of the log's tables and functions."""
LOCK = 7022344802737188711
"""Key of the advisory lock that a writer holds until its commit."""

_LOOK_EVERY = (0.005, 0.25)
"""Seconds between the first and the last looks of a reader that waits; a look is one round trip."""
_STATEMENT_S = 60
_CONNECT_S = 3
_BEYOND_S = 2.0
"""Seconds after which an answer is not waited for any more, beyond those that the server is told to take at most."""

_Lent = TypeVar("_Lent", sa.Connection, Kept)


class PostgresDatabase:
    """A log in PostgreSQL, as `database.Database` describes it.

    Args:
        url: its address, with the role of the application.
        patience: seconds that a writer waits for another process's write lock.
        flushed: whether a commit is on the disk when it returns (`synchronous_commit`).
    """

    def __init__(self, url: sa.URL, *, patience: float = 4.0, flushed: bool = True) -> None:
        self._name = url.render_as_string(hide_password=True)
        self._reading = _engine(url, {"default_transaction_read_only": "on"}, _STATEMENT_S)
        self._writing = _engine(
            url,
            {
                "synchronous_commit": "on" if flushed else "off",
                "lock_timeout": str(max(1, int(patience * 1000))),
                # The plans of the functions' statements are made once, perhaps while the tables are empty.
                "enable_seqscan": "off",
                "plan_cache_mode": "force_generic_plan",
            },
            patience,
        )
        self._appending = Keep()
        self._closed = False

    @property
    def name(self) -> str:
        """The address without the password."""
        return self._name

    def require_ready(self) -> None:
        """Make sure that the tables are those of this program, and guarded, against this role as well."""
        with self.read() as connection:
            if reason := misfit(connection):
                raise LogNotReady(f"the log {self.name} {reason}")
            if faults := guards.faults(connection):
                raise LogNotReady(f"the log {self.name} is not guarded against change: {'; '.join(faults)}")

    def append(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Write them by one call of the function append, and one of erase for each erasure."""
        with self._lend(self._writing, self._appending.lend) as connection:
            failpoint("log.postgresql.append.before")
            outcomes = write(connection.driver, drafts, self.read)
            failpoint("log.postgresql.append.after")
            return outcomes

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Lend a connection that cannot write and holds no transaction: each statement sees the newest commit."""
        with self._lend(self._reading, sa.Engine.connect) as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """Lend a connection within a transaction that reads, whose statements may take any time."""
        with self._lend(self._reading, sa.Engine.connect) as connection:
            driver = _driver_of(connection)
            with driver.transaction(), driver.unlimited():
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                yield connection

    @contextmanager
    def settled(self) -> Iterator[sa.Connection]:
        """Lend a connection to read with once every append that was under way has ended, one that was cut off as well.

        The server goes on with a statement whose client is gone: it is over when its lock is free.
        """
        with self._lend(self._writing, sa.Engine.connect) as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
            try:
                yield connection
            finally:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK})")

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Lend a connection within a transaction, and commit at the end."""
        with self._lend(self._writing, sa.Engine.connect) as connection, _driver_of(connection).transaction():
            yield connection
            failpoint("log.postgresql.write.before")
        failpoint("log.postgresql.write.after")

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """Look at the newest position."""
        with self.read() as connection:
            yield Watch(lambda: head(connection), *_LOOK_EVERY)

    def faults(self) -> Iterator[str]:
        """Say what is wrong with the tables, the guards and this role."""
        with self.read() as connection:
            if reason := misfit(connection):
                yield f"the log {reason}"
            yield from guards.faults(connection)

    def scrub(self) -> bool:
        """Tell that nothing was done: deleted rows stay in the server's files until its next VACUUM, and longer in backups."""
        return True

    def close(self) -> None:
        """Close all connections: one that is lent when it is given back."""
        self._closed = True
        self._appending.close()
        self._reading.pool.dispose()
        self._writing.pool.dispose()

    @contextmanager
    def _lend(self, engine: sa.Engine, connect: Callable[[sa.Engine], _Lent]) -> Iterator[_Lent]:
        try:
            connection = connect(engine)
        except (DBAPIError, psycopg.Error) as error:  # nothing is under way that could have been cut off
            raise LogUnavailable(_words(self.name, error)) from error
        try:
            with translated(self.name), closing(connection):
                try:
                    yield connection
                except (DBAPIError, psycopg.OperationalError) as error:
                    if is_cut_off(_cause(error)):
                        connection.invalidate()
                        engine.pool.dispose()  # the others that wait there are dead as well
                    raise
        finally:
            if self._closed:  # perhaps since the connection was lent
                self.close()


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn failures of the database into words.

    Raises:
        LogUnavailable: instead of an error of SQLAlchemy's or of the driver's.
    """
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        kind = LogInterrupted if is_cut_off(_cause(error)) else LogUnavailable
        raise kind(_words(name, error)) from error


def _words(name: str, error: Exception) -> str:
    return f"the log {name} is not available: {meaning(_cause(error))}"


def _cause(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _driver_of(connection: sa.Connection) -> WatchedConnection:
    return cast("WatchedConnection", connection.connection.driver_connection)


def _engine(url: sa.URL, settings: dict[str, str], limit: float) -> sa.Engine:
    chosen = {
        "search_path": SCHEMA,
        "statement_timeout": str(_STATEMENT_S * 1000),
        "default_transaction_isolation": r"read\ committed",
        **settings,
    }
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=QueuePool,
        pool_reset_on_return=None,  # what commits by itself leaves nothing to be rolled back
        max_overflow=-1,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in chosen.items()),
            "connect_timeout": _CONNECT_S,
            "tcp_user_timeout": _STATEMENT_S * 1000,
            "keepalives_idle": _STATEMENT_S // 4,
            "keepalives_interval": _STATEMENT_S // 4,
            "application_name": "aslo",
        },
    )

    @sa.event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, _positional: object, named: dict[str, Any]) -> WatchedConnection:
        return WatchedConnection.open(limit + _BEYOND_S, **named)

    sa.event.listen(engine, "checkout", _require_alive)
    return engine


def _require_alive(driver: WatchedConnection, *_: object) -> None:
    """Have the pool make new connections when the server has ended this one while it was idle."""
    if not is_alive(driver):
        raise InvalidatePoolError("the server has ended the session")
