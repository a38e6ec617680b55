"""What is due to be worked on, asked of the read model of releases in the lines that `turns` goes by.

However much waits, only how long each line is gets read, by one scan of an index of what is due, and the first of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, Text, and_, bindparam, func, select, tuple_

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
    return tuple(Due(*row) for row in connection.execute(_STILL_DUE, {"streams": _listed(streams), "now_us": now_us}))


def counts(connection: Connection, now_us: int, states: Collection[str] = STATES) -> tuple[Count, ...]:
    """Count what is due at a time by owner and urgency.

    Args:
        connection: a snapshot of the views.
        now_us: the time, µs since 1970 UTC.
        states: count only what is in one of these.
    """
    return tuple(Count(*row) for row in connection.execute(_counts(frozenset(states)), {"now_us": now_us}))


def first(
    connection: Connection, urgency: int, owner: str, number: int, now_us: int, states: Collection[str] = STATES
) -> tuple[str, ...]:
    """Name the first releases of a line, as `counts` counted it."""
    values = {"now_us": now_us, "urgency": urgency, "owner": owner, "number": number}
    return tuple(connection.scalars(_first(frozenset(states)), values))


def at_work(connection: Connection) -> Counter[str]:
    """Count the releases that a worker holds a step of, by owner."""
    return Counter({row.owner: row.number for row in connection.execute(_AT_WORK)})


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
    asked = connection.execute(_WAITING, {"streams": _listed(streams), "now_us": now_us}).all()
    if not asked:
        return {}
    lines = waiting(connection, now_us)
    length = sum(line.waiting for line in lines)
    by_key = {(line.urgency, line.owner): line for line in lines}
    found: dict[str, Place] = {}
    for key, group in groupby(asked, key=lambda row: (row.urgency, row.owner)):
        wanted, line = list(group), by_key[key]
        last = {"due_at_us": wanted[-1].due_at_us, "opened": wanted[-1].opened}
        before = connection.scalars(_BEFORE, {"now_us": now_us, "urgency": key[0], "owner": key[1], **last})
        ranks = {opened: rank for rank, opened in enumerate(before)}
        found |= {row.stream: Place(place(lines, line, ranks[row.opened]), length) for row in wanted}
    return found


# The queries are made once: making one takes longer than SQLite takes to answer it.
_DUE = (releases.c.stream, releases.c.urgency, releases.c.owner, releases.c.state)
_ORDER = (releases.c.due_at_us, releases.c.opened)
_LINE = (releases.c.urgency, releases.c.owner)
_IS_DUE = releases.c.due_at_us <= bindparam("now_us")
_IN_LINE = and_(releases.c.urgency == bindparam("urgency"), releases.c.owner == bindparam("owner"))

# One parameter, however many they are: SQLite bounds the number of parameters.
_each: Any = func.json_each(bindparam("streams", type_=Text)).table_valued("value")
_AMONG = releases.c.stream.in_(select(_each.c.value))

_AT_WORK = select(releases.c.owner, func.count().label("number")).where(releases.c.claimed).group_by(releases.c.owner)
_STILL_DUE = select(*_DUE).where(_AMONG, _IS_DUE).order_by(*_ORDER)
_WAITING = select(*_DUE, *_ORDER).where(_AMONG, _IS_DUE, releases.c.urgency != Urgency.UNDER_WAY).order_by(*_LINE, *_ORDER)

_up_to = tuple_(*_ORDER) <= tuple_(bindparam("due_at_us", type_=BigInteger), bindparam("opened", type_=BigInteger))
_BEFORE = select(releases.c.opened).where(_IS_DUE, _IN_LINE, _up_to).order_by(*_ORDER)
"""The index has all that this reads, which the name of a stream is no part of."""


def _listed(streams: Collection[str]) -> str:
    return msgspec.json.encode([*streams]).decode()


@cache
def _counts(states: frozenset[str]) -> Select[int, str, int, int]:
    counted = select(*_LINE, func.count().label("waiting")).where(_due_in(states)).group_by(*_LINE).subquery()
    served = func.coalesce(owners.c.served, -1)
    query = select(counted.c.urgency, counted.c.owner, counted.c.waiting, served)
    return query.join_from(counted, owners, isouter=True, onclause=owners.c.owner == counted.c.owner)


@cache
def _first(states: frozenset[str]) -> Select[str]:
    return select(releases.c.stream).where(_due_in(states), _IN_LINE).order_by(*_ORDER).limit(bindparam("number"))


def _due_in(states: frozenset[str]) -> ColumnElement[bool]:
    return _IS_DUE if states == STATES else and_(_IS_DUE, releases.c.state.in_(sorted(states)))
