"""What is due to be worked on, asked of the read model of releases in the lines that `turns` goes by.

However much waits, only how long each line is gets read, by one scan of an index of what is due, and the first of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, select, tuple_

from aslo_core.projections.release_tables import owners, releases
from aslo_core.projections.turns import Count, Line, Urgency, line_up, place

STATES = frozenset({"queued", "waiting", "working"})
"""The states of a release of which something may be due: it is new, is to be tried again, is between two steps."""


class Due(NamedTuple):
    """A release that is due.

    Attributes:
        stream: its stream.
        urgency: how urgent it is.
        owner: whose it is.
        state: one of `STATES`.
    """

    stream: str
    urgency: int
    owner: str
    state: str


class Place(NamedTuple):
    """Where a release stands in the queue.

    Attributes:
        position: its place, from 1.
        length: how many wait.
    """

    position: int
    length: int

    def __str__(self) -> str:
        return f"position {self.position:,} of {self.length:,} in the queue"


def still_due(connection: Connection, streams: Collection[str], now_us: int) -> tuple[Due, ...]:
    """Tell which of these releases are due at a time, µs since 1970 UTC; the longest due first."""
    if not streams:
        return ()
    query = select(*_DUE).where(_among(streams), releases.c.due_at_us <= now_us).order_by(*_ORDER)
    return tuple(Due(*row) for row in connection.execute(query))


def counts(connection: Connection, now_us: int, states: Collection[str] = STATES) -> tuple[Count, ...]:
    """Count what is due at a time by owner and urgency.

    Args:
        connection: a snapshot of the views.
        now_us: the time, µs since 1970 UTC.
        states: count only what is in one of these.
    """
    line = (releases.c.urgency, releases.c.owner)
    counted = select(*line, func.count().label("waiting")).where(_is_due(now_us, states)).group_by(*line).subquery()
    served = func.coalesce(owners.c.served, -1)
    query = select(counted.c.urgency, counted.c.owner, counted.c.waiting, served)
    return tuple(
        Count(*row)
        for row in connection.execute(
            query.join_from(counted, owners, isouter=True, onclause=owners.c.owner == counted.c.owner)
        )
    )


def first(
    connection: Connection, urgency: int, owner: str, number: int, now_us: int, states: Collection[str] = STATES
) -> tuple[str, ...]:
    """Name the first releases of a line, as `counts` counted it."""
    query = select(releases.c.stream).where(_is_due(now_us, states), _in(urgency, owner)).order_by(*_ORDER).limit(number)
    return tuple(connection.scalars(query))


def at_work(connection: Connection) -> Counter[str]:
    """Count the releases that a worker holds a step of, by owner."""
    query = select(releases.c.owner, func.count().label("number")).where(releases.c.claimed).group_by(releases.c.owner)
    return Counter({row.owner: row.number for row in connection.execute(query)})


def waiting(connection: Connection, now_us: int) -> tuple[Line, ...]:
    """Give the lines of what waits for its turn, and is not under way."""
    lines = line_up(counts(connection, now_us), at_work(connection))
    return tuple(line for line in lines if line.urgency != Urgency.UNDER_WAY)


def places(connection: Connection, streams: Collection[str], now_us: int) -> dict[str, Place]:
    """Tell the places in the queue of those of these releases that wait for their turn.

    Args:
        connection: a snapshot of the views.
        streams: of releases.
        now_us: the time, µs since 1970 UTC.
    """
    query = select(*_DUE, *_ORDER).where(
        _among(streams), releases.c.due_at_us <= now_us, releases.c.urgency != Urgency.UNDER_WAY
    )
    asked = connection.execute(query.order_by(releases.c.urgency, releases.c.owner, *_ORDER)).all()
    if not asked:
        return {}
    lines = waiting(connection, now_us)
    length = sum(line.waiting for line in lines)
    by_key = {(line.urgency, line.owner): line for line in lines}
    found: dict[str, Place] = {}
    for key, group in groupby(asked, key=lambda row: (row.urgency, row.owner)):
        wanted, line = list(group), by_key[key]
        up_to = tuple_(*_ORDER) <= tuple_(wanted[-1].due_at_us, wanted[-1].opened)
        # The index has all that this reads, which the name of a stream is no part of.
        before = select(releases.c.opened).where(_is_due(now_us, STATES), _in(*key), up_to).order_by(*_ORDER)
        ranks = {opened: rank for rank, opened in enumerate(connection.scalars(before))}
        found |= {row.stream: Place(place(lines, line, ranks[row.opened]), length) for row in wanted}
    return found


_DUE = (releases.c.stream, releases.c.urgency, releases.c.owner, releases.c.state)
_ORDER = (releases.c.due_at_us, releases.c.opened)


def _is_due(now_us: int, states: Collection[str]) -> ColumnElement[bool]:
    due = releases.c.due_at_us <= now_us
    return due if frozenset(states) == STATES else and_(due, releases.c.state.in_(states))


def _in(urgency: int, owner: str) -> ColumnElement[bool]:
    return and_(releases.c.urgency == urgency, releases.c.owner == owner)


def _among(streams: Collection[str]) -> ColumnElement[bool]:
    """One parameter, however many they are: SQLite bounds the number of parameters."""
    listed: Any = func.json_each(msgspec.json.encode([*streams]).decode()).table_valued("value")
    return releases.c.stream.in_(select(listed.c.value))
