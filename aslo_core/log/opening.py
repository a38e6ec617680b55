"""Which databases there are: the one for an address."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from aslo_core.log.database import Database, Where


def database_at(where: Where, *, patience: float = 4.0, flushed: bool = True) -> Database:
    """Make the database for an address; nothing is opened yet.

    Args:
        where: the file `log.db`, or the address of a PostgreSQL database.
        patience: seconds that a writer waits for another process's write lock.
        flushed: whether a commit is on the disk when it returns; otherwise a power cut may take the newest ones with it.
    """
    # Each brings its driver: only the one that is used is imported.
    if isinstance(where, sa.URL):
        from aslo_core.log.postgresql import PostgresDatabase  # noqa: PLC0415

        return PostgresDatabase(where, patience=patience, flushed=flushed)
    from aslo_core.log.sqlite import SqliteDatabase  # noqa: PLC0415

    return SqliteDatabase(where, patience=patience, flushed=flushed)


def database_to_audit(where: Where) -> Database:
    """Make the database for an address that is only read from, which may be a copy where nothing can be written.

    Raises:
        LogUnavailable: it cannot be read where it lies; the message says what to do.
    """
    if isinstance(where, Path):
        from aslo_core.log.sqlite.still import to_audit  # noqa: PLC0415

        return to_audit(where)
    return database_at(where)
