"""From read models made beside to those in use: the one that makes them, their place, and the switch."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, delete, inspect, select

from aslo_core.projections.projection import Projection, bookkeeping, parked, positions


def place_beside(views: Path) -> Path:
    """Where read models are built before they are switched to."""
    return views.with_name(f"{views.name}-building")


@contextmanager
def builder_lock(views: Path, *, wait: bool) -> Iterator[bool]:
    """Be the only one who builds beside these read models; it ends with the process, however that ends.

    Args:
        views: `views.db`.
        wait: until whoever holds it is done; else it is told at once whether it was to be had.
    """
    descriptor = os.open(views.with_name(f"{views.name}-lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        place_beside(views).unlink(missing_ok=True)  # of one that was killed
        yield True
    finally:
        os.close(descriptor)


def remove_leftovers(views: Path) -> None:
    """Remove what a builder left that was killed."""
    if place_beside(views).exists():
        with builder_lock(views, wait=False):
            pass  # it was removed by whoever has the lock now


def switch(connection: Connection, beside: Path, projections: Sequence[Projection]) -> None:
    """Put the rows of a closed database in the place of those in use: readers see the old ones until the commit, then the new.

    Args:
        connection: in a write transaction on `views.db`, opened for this alone.
        beside: the database that was built.
        projections: those that it holds.
    """
    connection.exec_driver_sql("ATTACH ? AS beside", (str(beside),))
    for projection in projections:
        discard(connection, projection)
        for table in projection.sorted_tables:
            _make_as_beside(connection, table)
            _copy(connection, table)
    for table in bookkeeping.sorted_tables:
        _copy(connection, table)


def discard(connection: Connection, projection: Projection) -> None:
    """Drop a projection's tables, those of an earlier version as well, and what is noted of it."""
    this = positions.c.name == projection.name
    for name in connection.scalar(select(positions.c.tables).where(this)) or ():
        Table(name, MetaData()).drop(connection, checkfirst=True)
    projection.tables.drop_all(connection)
    connection.execute(delete(positions).where(this))
    connection.execute(delete(parked).where(parked.c.projection == projection.name))


def require_bookkeeping(connection: Connection) -> None:
    """Make the tables that say how far each projection is; empty ones where a program with another layout made them."""
    for table in bookkeeping.sorted_tables:
        found = inspect(connection)
        if found.has_table(table.name) and {c["name"] for c in found.get_columns(table.name)} != set(table.c.keys()):
            table.drop(connection)
    bookkeeping.create_all(connection)


def _make_as_beside(connection: Connection, table: Table) -> None:
    definitions = "SELECT sql FROM beside.sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY rowid"
    for definition in connection.exec_driver_sql(definitions, (table.name,)).scalars().all():
        connection.exec_driver_sql(definition)


def _copy(connection: Connection, table: Table) -> None:
    """All rows in the order of the columns, which is the same since both were made by one definition."""
    connection.exec_driver_sql(f'INSERT INTO main."{table.name}" SELECT * FROM beside."{table.name}"')  # noqa: S608 - ours
