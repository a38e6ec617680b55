"""Events from rows: the queries of readers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from aslo_core.events import Cause, DamagedBody, Event, Recorded, decode
from aslo_core.log.body import inflate
from aslo_core.log.database import Database
from aslo_core.log.outcome import Earlier
from aslo_core.log.schema import bodies, events

PAGE = 256
"""Events read at a time: no read transaction outlives one page."""

_COLUMNS: list[sa.Column[Any]] = [
    *(events.c.position, events.c.id, events.c.stream, events.c.version, events.c.recorded_us),
    *(events.c.source, events.c.actor, events.c.correlation, events.c.causation, events.c.key, events.c.type, events.c.schema),
    *(bodies.c.size, bodies.c.deflated),
]
_RECORDED = sa.select(*_COLUMNS).select_from(events.outerjoin(bodies, events.c.position == bodies.c.position))
_NEWEST_US = sa.select(events.c.recorded_us).order_by(events.c.position.desc()).limit(1)
_HEAD = sa.select(sa.func.coalesce(sa.func.max(events.c.position), -1))


def head(connection: sa.Connection) -> int:
    """Return the position of the newest event, -1 when there is none."""
    position: int = connection.execute(_HEAD).scalar_one()
    return position


def newest_us(connection: sa.Connection) -> int:
    """Return the time of the newest event, µs since 1970 UTC; 0 when there is none."""
    return connection.execute(_NEWEST_US).scalar_one_or_none() or 0


def stream_from(database: Database, stream: str, after: int) -> Iterator[Recorded]:
    """Read a stream's events beyond a version, in order."""
    query = (
        _RECORDED.where(events.c.stream == stream, events.c.version > sa.bindparam("after"))
        .order_by(events.c.version)
        .limit(PAGE)
    )
    while page := _page(database, query, after):
        yield from page
        after = page[-1].version


def log_from(database: Database, after: int, types: Collection[str], limit: int | None) -> Iterator[Recorded]:
    """Read the log's events beyond a position, in order; of all types where none is named."""
    query = _RECORDED.where(events.c.position > sa.bindparam("after")).order_by(events.c.position)
    if types:
        query = query.where(events.c.type.in_(sorted(set(types))))
    while (limit is None or limit > 0) and (page := _page(database, query.limit(min(PAGE, limit or PAGE)), after)):
        yield from page
        after = page[-1].position
        limit = None if limit is None else limit - len(page)


def with_ids(connection: sa.Connection, ids: Iterable[str]) -> tuple[Recorded, ...]:
    """Read the events that have these ids, in the log's order."""
    query = _RECORDED.where(events.c.id.in_(list(ids))).order_by(events.c.position)
    return tuple(_recorded(row) for row in connection.execute(query))


def with_key(connection: sa.Connection, source: str, key: str) -> tuple[Recorded, ...]:
    """Read the events that were appended with an idempotency key."""
    query = _RECORDED.where(events.c.source == source, events.c.key == key, events.c.key != "").order_by(events.c.position)
    return tuple(_recorded(row) for row in connection.execute(query))


def earlier(connection: sa.Connection, source: str, key: str) -> list[Earlier]:
    """Read what tells whether another append has the same content as the one with this key."""
    columns = (events.c.position, events.c.stream, events.c.type, events.c.schema, events.c.body_digest, bodies.c.salt)
    query = (
        sa.select(*columns)
        .select_from(events.outerjoin(bodies, events.c.position == bodies.c.position))
        .where(events.c.source == source, events.c.key == key, events.c.key != "")
        .order_by(events.c.position)
    )
    return [Earlier(*row) for row in connection.execute(query)]


def _page(database: Database, query: sa.Select[*tuple[Any, ...]], after: int) -> list[Recorded]:
    with database.read() as connection:
        rows = connection.execute(query, {"after": after}).all()
    return [_recorded(row) for row in rows]


def _recorded(row: sa.Row[*tuple[Any, ...]]) -> Recorded:
    # By place and not by name: a row gives a column by its name in 2 µs, and there are millions of rows.
    position, id_, stream, version, recorded_us, source, actor, correlation, causation, key, type_, schema, size, deflated = row
    return Recorded(
        position=position,
        id=id_,
        stream=stream,
        version=version,
        recorded_us=recorded_us,
        cause=Cause(source=source, actor=actor, correlation=correlation, causation=causation),
        key=key,
        type=type_,
        schema=schema,
        event=None if deflated is None else _event(type_, schema, deflated, size, position),
    )


def _event(name: str, schema: int, deflated: bytes, size: int, position: int) -> Event:
    try:
        body = inflate(deflated, size)
    except (TypeError, ValueError) as error:  # SQLite keeps values of any type
        raise DamagedBody(name, schema, position, str(error)) from error
    return decode(name, schema, body, position)
