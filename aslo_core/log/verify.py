"""Checks a whole log against its format: every leaf, every body, the order, the guards.

This finds what was damaged, or changed by somebody who did not recompute the hashes. Whoever did is found out by comparing
with a checkpoint that was published before.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from aslo_core.events import BodyErased
from aslo_core.log import reading
from aslo_core.log.database import Database, Where
from aslo_core.log.errors import LogUnavailable
from aslo_core.log.event_faults import EVENTS, hash_faults, type_faults
from aslo_core.log.names import ERASURES
from aslo_core.log.opening import database_to_audit
from aslo_core.log.schema import bodies, events

_PAGE = 512


@dataclass(frozen=True)
class Fault:
    """Something that is not as it should be.

    Attributes:
        position: of the event, or None where it concerns the whole file.
        found: what was found, in words.
    """

    position: int | None
    found: str


@dataclass(frozen=True)
class Report:
    """What a verification found.

    Attributes:
        events: how many events were checked.
        erased: how many of them have had their body erased.
        faults: everything that is wrong, in the order of the log; empty is good.
        head: position of the last event that was checked, -1 when there is none.
        leaf: its leaf as it is recorded, in hexadecimal digits; empty when there is none. Two logs of which both are free of
            faults and whose heads have the same position, but not the same leaf, are not the same log.
    """

    events: int
    erased: int
    faults: tuple[Fault, ...]
    head: int
    leaf: str


@dataclass(frozen=True)
class _Unread:
    """Events next to each other that cannot be read, and why not the last of them."""

    first: int
    last: int
    failure: str


@dataclass
class _Walk:
    """What is remembered of the rows passed."""

    events: int = 0
    head: int = -1
    leaf: bytes = b""
    next_position: int = 0
    whole: bool = True
    recorded_us: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    bodiless: set[str] = field(default_factory=set)
    erasures: dict[str, int] = field(default_factory=dict)


def verify(where: Where) -> Report:
    """Check a log. Nothing is written, and others may append meanwhile, unless it lies where this process may not write.

    Args:
        where: the file `log.db`, or the address of a PostgreSQL database.

    Raises:
        LogUnavailable: nothing of it can be read.
    """
    walk = _Walk()
    with closing(database_to_audit(where)) as database:
        faults = [Fault(None, found) for found in database.faults()]
        try:
            for row in _rows(database):
                faults += [_passed_over(row, walk)] if isinstance(row, _Unread) else _row_faults(row, walk)
            with database.read() as connection:
                orphans = connection.execute(_ORPHANS).scalars().all()
        except LogUnavailable as failure:
            faults.append(Fault(walk.next_position, f"from here on it cannot be read: {failure}"))
        else:
            faults += _erasure_faults(walk) if walk.whole else ()
            faults += [Fault(position, "there is a body without its event") for position in orphans]
    return Report(
        events=walk.events,
        erased=len(walk.bodiless & walk.erasures.keys()),
        faults=tuple(faults),
        head=walk.head,
        leaf=walk.leaf.hex(),
    )


_ROWS = EVENTS.where(events.c.position > sa.bindparam("after")).order_by(events.c.position).limit(_PAGE)
_ROW = EVENTS.where(events.c.position == sa.bindparam("position"))
_ORPHANS = sa.select(bodies.c.position).where(bodies.c.position.not_in(sa.select(events.c.position)))


def _rows(database: Database) -> Iterator[sa.Row[*tuple[Any, ...]] | _Unread]:
    after = -1 << 63
    while True:
        try:
            with database.read() as connection:
                page = connection.execute(_ROWS, {"after": after}).all()
        except LogUnavailable:
            after = yield from _one_by_one(database, after)
            continue
        if not page:
            return
        yield from page
        after = page[-1].position


def _one_by_one(database: Database, after: int) -> Generator[sa.Row[*tuple[Any, ...]] | _Unread, None, int]:
    """Read the events of a page that cannot be read as a whole; return the position of the last one.

    Raises:
        LogUnavailable: there is none, or not even where the log ends can be read.
    """
    first = max(after, -1) + 1
    with database.read() as connection:
        last = min(reading.head(connection), first + _PAGE - 1)
    if last < first:
        raise LogUnavailable(f"the log {database.name} ends in what cannot be read")
    unread: _Unread | None = None
    for position in range(first, last + 1):
        try:
            with database.read() as connection:
                row = connection.execute(_ROW, {"position": position}).one_or_none()
        except LogUnavailable as failure:
            unread = _Unread(unread.first if unread else position, position, str(failure))
            continue
        if unread:
            yield unread
            unread = None
        if row is not None:
            yield row
    if unread:
        yield unread
    return last


def _passed_over(unread: _Unread, walk: _Walk) -> Fault:
    walk.whole = False
    walk.next_position = unread.last + 1
    following = f"it, and what follows up to position {unread.last}," if unread.last > unread.first else "it"
    return Fault(unread.first, f"{following} cannot be read: {unread.failure}")


def _row_faults(row: sa.Row[*tuple[Any, ...]], walk: _Walk) -> list[Fault]:
    found = list(type_faults(row)) or [*_order_faults(row, walk), *hash_faults(row)]
    return [Fault(row.position, words) for words in found]


def _order_faults(row: sa.Row[*tuple[Any, ...]], walk: _Walk) -> Iterator[str]:
    walk.events += 1
    walk.head, walk.leaf = row.position, row.leaf
    if row.position != walk.next_position:
        yield f"position {walk.next_position} was expected"
    walk.next_position = row.position + 1
    version = walk.versions.get(row.stream, 0) + 1
    if row.version != version:
        yield f"version {row.version} of stream {row.stream}: {version} was expected"
    walk.versions[row.stream] = row.version
    if row.recorded_us < walk.recorded_us:
        yield f"its time is {walk.recorded_us - row.recorded_us} µs before that of the event before it"
    walk.recorded_us = row.recorded_us
    if row.id in walk.positions:
        yield f"its id {row.id} is also that of the event at position {walk.positions[row.id]}"
    walk.positions[row.id] = row.position
    if row.deflated is None:
        walk.bodiless.add(row.id)
    if row.stream.startswith(ERASURES) and row.type == BodyErased.event_name:
        walk.erasures[row.stream.removeprefix(ERASURES)] = row.position


def _erasure_faults(walk: _Walk) -> Iterator[Fault]:
    for event_id in sorted(walk.bodiless - walk.erasures.keys(), key=lambda name: walk.positions[name]):
        yield Fault(walk.positions[event_id], "its body is missing, and no event records its erasure")
    for event_id, position in walk.erasures.items():
        if event_id not in walk.positions:
            yield Fault(position, f"it records the erasure of {event_id}, which is not in the log")
        elif event_id not in walk.bodiless:
            yield Fault(walk.positions[event_id], f"its body is still there, though position {position} records its erasure")
