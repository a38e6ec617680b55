"""Checks a whole log against its format: every leaf, every body, the order, the guards.

This finds what was damaged, or changed by somebody who did not recompute the hashes. Whoever did is found out by comparing
with a checkpoint that was published before.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import sqlalchemy as sa

from aslo_core.log import reading
from aslo_core.log.database import Database, Where
from aslo_core.log.errors import LogUnavailable
from aslo_core.log.event_faults import hash_faults, type_faults
from aslo_core.log.kept_event import EVENTS, KeptEvent, kept_event
from aslo_core.log.opening import database_to_audit
from aslo_core.log.order_faults import Walk
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


def verify(where: Where) -> Report:
    """Check a log. Nothing is written, and others may append meanwhile, unless it lies where this process may not write.

    Args:
        where: the file `log.db`, or the address of a PostgreSQL database.

    Raises:
        LogUnavailable: nothing of it can be read.
    """
    walk = Walk()
    with closing(database_to_audit(where)) as database:
        faults = [Fault(None, words) for words in database.faults()]
        try:
            for found in _events(database):
                faults += [_passed_over(found, walk)] if isinstance(found, _Unread) else _event_faults(found, walk)
            with database.read() as connection:
                orphans = connection.execute(_ORPHANS).scalars().all()
        except LogUnavailable as failure:
            faults.append(Fault(walk.next_position, f"from here on it cannot be read: {failure}"))
        else:
            faults += [Fault(position, words) for position, words in walk.erasure_faults()]
            faults += [Fault(position, "there is a body without its event") for position in orphans]
    return Report(
        events=walk.events,
        erased=walk.erased,
        faults=tuple(faults),
        head=walk.head,
        leaf=walk.leaf.hex(),
    )


_ROWS = EVENTS.where(events.c.position > sa.bindparam("after")).order_by(events.c.position).limit(_PAGE)
_ROW = EVENTS.where(events.c.position == sa.bindparam("position"))
_ORPHANS = sa.select(bodies.c.position).where(bodies.c.position.not_in(sa.select(events.c.position)))


def _events(database: Database) -> Iterator[KeptEvent | _Unread]:
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
        yield from map(kept_event, page)
        after = page[-1].position


def _one_by_one(database: Database, after: int) -> Generator[KeptEvent | _Unread, None, int]:
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
            yield kept_event(row)
    if unread:
        yield unread
    return last


def _passed_over(unread: _Unread, walk: Walk) -> Fault:
    walk.pass_over(unread.last)
    following = f"it, and what follows up to position {unread.last}," if unread.last > unread.first else "it"
    return Fault(unread.first, f"{following} cannot be read: {unread.failure}")


def _event_faults(event: KeptEvent, walk: Walk) -> list[Fault]:
    found = list(type_faults(event)) or [*walk.faults(event), *hash_faults(event)]
    return [Fault(event.position, words) for words in found]
