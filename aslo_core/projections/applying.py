"""Carries a batch of events into one read model, and moves its position, within the caller's transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from sqlalchemy import Connection, insert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError

from aslo_core.errors import AsloError
from aslo_core.events import BodyErased, Recorded
from aslo_core.projections.projection import Projection, parked, positions
from aslo_core.projections.rows import Rows
from aslo_core.projections.statements import driver_cursor, statements

log = structlog.get_logger(__name__)

MayPark = Callable[[Projection, Recorded], bool]
"""Whether a projection may go on without an event that it cannot apply."""


class ProjectionFailed(AsloError):
    """A projection could not apply an event, or was moved by somebody else: a fault in the program, never in the log."""


def begin(connection: Connection, projection: Projection, head: int) -> None:
    """Make a projection's tables, empty, and its row in `progress`. The log ends at `head` now."""
    projection.tables.create_all(connection, checkfirst=False)
    row: dict[str, Any] = {"name": projection.name, "schema_version": projection.version, "rebuilt_at": head}
    row |= {"position": -1, "event": "", "erased_at": -1}
    connection.execute(insert(positions).values(row | {"tables": tuple(str(table.name) for table in projection.sorted_tables)}))


def apply_batch(connection: Connection, projection: Projection, batch: Sequence[Recorded], may_park: MayPark) -> None:
    """Apply what this projection has not seen, and move its position from exactly where it stood.

    Args:
        connection: in a write transaction.
        projection: the read model.
        batch: events in the log's order, without gaps.
        may_park: asked about each event that cannot be applied.

    Raises:
        ProjectionFailed: an event cannot be applied and must not be parked, or somebody else moves this projection.
        DBAPIError: the database cannot be used.
    """
    with driver_cursor(connection) as cursor:
        row = statements(positions).find(cursor, (projection.name,))
    if row is None or row["schema_version"] != projection.version:
        raise ProjectionFailed(
            f"projection {projection.name} is of version {row['schema_version'] if row else 'none'} now, this program makes"
            f" {projection.version}: another version of ASLO is running; end one of them"
        )
    before = row["position"]
    if not batch or batch[-1].position <= before:
        return
    new = batch[max(before + 1 - batch[0].position, 0) :]
    _apply(connection, projection, [recorded for recorded in new if type(recorded.event) in projection.types], may_park)
    erasures = [recorded.position for recorded in new if type(recorded.event) is BodyErased]
    with driver_cursor(connection) as cursor:
        now = (new[-1].position, new[-1].id, max(erasures, default=row["erased_at"]))
        cursor.execute(_MOVE, (*now, projection.name, before))
        moved = cursor.rowcount
    if moved != 1:
        raise ProjectionFailed(f"projection {projection.name} is being moved by somebody else from position {before}")


_MOVE = f"UPDATE {positions} SET position = ?, event = ?, erased_at = ? WHERE name = ? AND position = ?"  # noqa: S608


def _apply(connection: Connection, projection: Projection, events: Sequence[Recorded], may_park: MayPark) -> None:
    """All at once; only where that fails, one by one, each under a savepoint of its own, to find the one that cannot be."""
    if not events or _tried(connection, projection, events) is None:
        return
    for recorded in events:
        error = _tried(connection, projection, (recorded,))
        if error is None:
            continue
        what = f"{_type(recorded)} at position {recorded.position}"
        if not may_park(projection, recorded):
            raise ProjectionFailed(f"projection {projection.name} could not apply {what}: {error!r}") from error
        log.error(
            "projection.event_parked",
            projection=projection.name,
            position=recorded.position,
            type=_type(recorded),
            stream=recorded.stream,
            exc_info=error,
        )
        _park(connection, projection, recorded, error)


def _tried(connection: Connection, projection: Projection, events: Sequence[Recorded]) -> Exception | None:
    """Apply events and leave nothing behind when one of them fails; return its error."""
    try:
        with driver_cursor(connection) as cursor:
            cursor.execute("SAVEPOINT events")
            rows = Rows(connection, cursor)
            for recorded in events:
                projection.apply(rows, recorded)
            rows.write()
            cursor.execute("RELEASE events")
    except Exception as error:
        if _is_of_the_database(error):
            raise
        with driver_cursor(connection) as cursor:
            cursor.execute("ROLLBACK TO events")
            cursor.execute("RELEASE events")
        return error
    return None


def _is_of_the_database(error: Exception) -> bool:
    """Whether it is the database or the machine that fails, and not this event: locked, full, damaged."""
    refused = (IntegrityError, DataError, ProgrammingError, InterfaceError)
    return isinstance(error, MemoryError) or (isinstance(error, DBAPIError) and not isinstance(error, refused))


def _park(connection: Connection, projection: Projection, recorded: Recorded, error: Exception) -> None:
    row: dict[str, Any] = {"projection": projection.name, "position": recorded.position, "event": recorded.id}
    row |= {"type": _type(recorded), "stream": recorded.stream, "error": f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]}
    connection.execute(insert(parked).values(row | {"parked_us": time.time_ns() // 1000}))


_ERROR_LENGTH = 2000
"""Characters that are kept of an error's words."""


def _type(recorded: Recorded) -> str:
    return recorded.event.event_name if recorded.event else "(erased)"
