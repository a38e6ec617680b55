"""Tries whether a log can be written, without writing anything."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from shutil import disk_usage

import sqlalchemy as sa

from aslo_core.errors import AsloError
from aslo_core.log.database import Where
from aslo_core.log.eventlog import EventLog
from aslo_core.log.opening import database_at
from aslo_core.log.schema import build_log_chunks as chunks

ROOM = 1 << 20
"""Bytes that have to be free on the disk of `log.db` before one that was full counts as writable again."""


def try_writing(where: Where) -> None:
    """Write a row beside the events, by the rights that ASLO has, and take it back within the same transaction.

    Args:
        where: the file `log.db`, or the address of a PostgreSQL database.

    Raises:
        LogNotReady: it is absent, needs a migration, or its guards against change are gone.
        LogUnavailable: it cannot be written.
    """
    with closing(database_at(where)) as database:
        database.require_ready()
        with database.write() as connection, connection.begin_nested() as trial:
            connection.execute(sa.insert(chunks).values(stream="probe", attempt=0, number=0, offset_us=0, data=b""))
            trial.rollback()


def trouble(log: EventLog, where: Where) -> str:
    """Say why a log that is open cannot be written, as far as that can be told without writing to it; empty while it can be.

    Args:
        log: is read, and tells whether the last append failed; only then is writing tried.
        where: the file `log.db`, or the address of a PostgreSQL database.
    """
    try:
        log.head()
        if log.failing:
            try_writing(where)
    except AsloError as reason:
        return str(reason)
    # A row that is taken back needs no room on the disk.
    if log.failing and isinstance(where, Path) and disk_usage(where.parent).free < ROOM:
        return f"the last append failed, and the disk of {where} has less than {ROOM >> 20} MiB left: make room on it"
    return ""
