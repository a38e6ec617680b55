"""How the read models in use stand: how far they are, which cannot be read, and what they go on without."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from aslo_core.log import EventLog
from aslo_core.projections.projection import Projection, parked, positions


def each_position(connection: Connection) -> dict[str, int]:
    """Give the position that each read model has come to."""
    rows = connection.execute(select(positions.c.name, positions.c.position).order_by(positions.c.name))
    return {row.name: row.position for row in rows}


def unreadable(connection: Connection, projections: Sequence[Projection]) -> list[str]:
    """Name the read models that are missing, or that another version of this program made."""
    rows = connection.execute(select(positions.c.name, positions.c.schema_version))
    versions = {row.name: row.schema_version for row in rows}
    return [projection.name for projection in projections if versions.get(projection.name) != projection.version]


def parked_events(connection: Connection) -> dict[str, int]:
    """Count the events that each read model could not apply and goes on without; those without any are left out."""
    query = select(parked.c.projection, func.count().label("number")).group_by(parked.c.projection)
    return {row.projection: row.number for row in connection.execute(query.order_by(parked.c.projection))}


def known_parked(connection: Connection, projections: Sequence[Projection]) -> list[tuple[str, str]]:
    """Name what those in use, made by this version of the code, go on without: projection, and id of the event."""
    found = connection.execute(
        select(parked.c.projection, parked.c.event, positions.c.schema_version).join(
            positions, positions.c.name == parked.c.projection
        )
    )
    versions = {projection.name: projection.version for projection in projections}
    return [(row.projection, row.event) for row in found if versions.get(row.projection) == row.schema_version]


def of_another_log(connection: Connection, log: EventLog) -> list[str]:
    """Name the read models whose last event does not stand in this log, as it is once an older log was put back."""
    return [row.name for row in connection.execute(select(positions)) if not _stands_in(log, row.position, row.event)]


def _stands_in(log: EventLog, position: int, event_id: str) -> bool:
    if position < 0:
        return True
    found = next(iter(log.read_all(position - 1, limit=1)), None)
    return found is not None and found.id == event_id
