"""Events from rows: the queries of readers."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from aslo_core.events import Cause, DamagedBody, Recorded, decode
from aslo_core.log.body import inflate
from aslo_core.log.database import Database
from aslo_core.log.outcome import Earlier
from aslo_core.log.schema import bodies, events
from aslo_core.log.statements import fetch

PAGE = 256
"""Events read at a time: no read transaction outlives one page."""

_COLUMNS: list[sa.Column[Any]] = [
    *(events.c.position, events.c.id, events.c.stream, events.c.version, events.c.recorded_us),
    *(events.c.source, events.c.actor, events.c.correlation, events.c.causation, events.c.key, events.c.type, events.c.schema),
    *(bodies.c.size, bodies.c.deflated),
]
_RECORDED = sa.select(*_COLUMNS).select_from(events.outerjoin(bodies, events.c.position == bodies.c.position))
_AFTER, _LIMIT = sa.bindparam("after", type_=sa.BigInteger), sa.bindparam("limit", type_=sa.Integer)
_OF_STREAM = _RECORDED.where(events.c.stream == sa.bindparam("stream"), events.c.version > _AFTER)
_OF_STREAM = _OF_STREAM.order_by(events.c.version).limit(_LIMIT)
_OF_LOG = _RECORDED.where(events.c.position > _AFTER).order_by(events.c.position).limit(_LIMIT)
_NEWEST_US = sa.select(events.c.recorded_us).order_by(events.c.position.desc()).limit(1)
_HEAD = sa.select(sa.func.coalesce(sa.func.max(events.c.position), -1))


def head(connection: sa.Connection) -> int:
    """Return the position of the newest event, -1 when there is none."""
    position: int = fetch(connection, _HEAD, {})[0][0]
    return position


def newest_us(connection: sa.Connection) -> int:
    """Return the time of the newest event, µs since 1970 UTC; 0 when there is none."""
    found = fetch(connection, _NEWEST_US, {})
    return found[0][0] if found else 0


def stream_from(database: Database, stream: str, after: int) -> Iterator[Recorded]:
    """Read a stream's events beyond a version, in order."""
    while True:
        page = _page(database, _OF_STREAM, {"stream": stream, "after": after, "limit": PAGE})
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].version


def log_from(database: Database, after: int, types: Collection[str], limit: int | None) -> Iterator[Recorded]:
    """Read the log's events beyond a position, in order; of all types where none is named."""
    named = {f"type_{number}": name for number, name in enumerate(sorted(set(types)))}
    query = _of_types(tuple(named)) if named else _OF_LOG
    left = sys.maxsize if limit is None else limit
    while left > 0:
        page = _page(database, query, {"after": after, "limit": min(PAGE, left), **named})
        yield from page
        if len(page) < PAGE:
            return
        after, left = page[-1].position, left - PAGE


def with_ids(connection: sa.Connection, ids: Iterable[str]) -> tuple[Recorded, ...]:
    """Read the events that have these ids, in the log's order."""
    query = _RECORDED.where(events.c.id.in_(list(ids))).order_by(events.c.position)
    return tuple(_recorded(connection.execute(query)))


def with_key(connection: sa.Connection, source: str, key: str) -> tuple[Recorded, ...]:
    """Read the events that were appended with an idempotency key."""
    query = _RECORDED.where(events.c.source == source, events.c.key == key, events.c.key != "").order_by(events.c.position)
    return tuple(_recorded(connection.execute(query)))


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


def _page(database: Database, query: sa.Select[*tuple[Any, ...]], values: dict[str, Any]) -> list[Recorded]:
    with database.read() as connection:
        rows = fetch(connection, query, values)
    return _recorded(rows)


@lru_cache
def _of_types(parameters: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    return _OF_LOG.where(events.c.type.in_([sa.bindparam(name, type_=sa.Text) for name in parameters]))


def _recorded(rows: Iterable[Iterable[Any]]) -> list[Recorded]:
    found = []
    told: tuple[Any, ...] = ()
    cause = Cause(source="", actor="")
    for position, id_, stream, version, us, source, actor, correlation, causation, key, type_, schema, size, deflated in rows:
        event = None
        if deflated is not None:
            try:
                body = inflate(deflated, size)
            except (TypeError, ValueError) as error:  # SQLite keeps values of any type
                raise DamagedBody(type_, schema, position, str(error)) from error
            event = decode(type_, schema, body, position)
        if (source, actor, correlation, causation) != told:  # events of one append have one cause
            told = source, actor, correlation, causation
            cause = Cause(source=source, actor=actor, correlation=correlation, causation=causation)
        found.append(
            Recorded(
                position=position,
                id=id_,
                stream=stream,
                version=version,
                recorded_us=us,
                cause=cause,
                key=key,
                type=type_,
                schema=schema,
                event=event,
            )
        )
    return found
