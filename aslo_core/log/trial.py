"""Tries whether a log can be written, without writing anything."""

from __future__ import annotations

from contextlib import closing

import sqlalchemy as sa

from aslo_core.log.database import Where
from aslo_core.log.opening import database_at
from aslo_core.log.schema import build_log_chunks as chunks


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
