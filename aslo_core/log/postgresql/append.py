"""Calls of the functions that append and erase, on PostgreSQL (migrations/versions/0001_log.postgresql.sql)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from aslo_core.errors import Conflict, Permanent
from aslo_core.log import reading
from aslo_core.log.draft import Draft, recorded
from aslo_core.log.errors import VersionConflict
from aslo_core.log.leaf import NO_METADATA
from aslo_core.log.names import ERASURES
from aslo_core.log.outcome import Appended, Outcome, require_same_content
from aslo_core.log.postgresql.kept import Driver

Read = Callable[[], AbstractContextManager[sa.Connection]]

_APPEND = "SELECT * FROM append(%t)"
_ERASE = "SELECT * FROM erase(%t)"


class _Event(msgspec.Struct, frozen=True):
    """An event as the functions take it; bytes are base64."""

    id: str
    stream: str
    type: str
    schema: int
    metadata: bytes
    digest: bytes
    salt: bytes
    size: int
    deflated: bytes


class _Expectation(msgspec.Struct, frozen=True):
    stream: str
    version: int


class Argument(msgspec.Struct, frozen=True):
    """An append as the functions take it."""

    source: str
    key: str
    actor: str
    correlation: str
    causation: str
    expect: list[_Expectation]
    events: list[_Event]
    erases: str


class _Placed(NamedTuple):
    number: int
    failure: str | None
    subject: str | None
    at_position: int
    at_version: int
    at_us: int


def write(driver: Driver, drafts: Sequence[Draft], read: Read) -> list[Outcome]:
    """Write appends, and erasures after them, in one transaction; the outcomes are in the order of the drafts.

    Args:
        driver: a connection whose statements commit by themselves.
        drafts: what to write.
        read: lends a connection that sees what was committed, for appends that were there already.
    """
    appends = [draft for draft in drafts if not draft.erases]
    erasures = [draft for draft in drafts if draft.erases]
    # A call that is alone commits by itself, which saves two round trips.
    with driver.transaction() if len(erasures) + bool(appends) > 1 else nullcontext():
        placed = _append(driver, appends) if appends else {}
        erased = iter([_erase(driver, draft) for draft in erasures])
    numbers = count(1)
    return [next(erased) if draft.erases else _outcome(draft, placed[next(numbers)], read) for draft in drafts]


def argument(draft: Draft) -> Argument:
    """Say an append as the functions take it."""
    cause = draft.cause
    events = [
        _Event(
            id=event.id,
            stream=event.stream,
            type=event.event.event_name,
            schema=event.event.event_version,
            metadata=NO_METADATA,
            digest=event.digest,
            salt=event.salt,
            size=len(event.body),
            deflated=event.deflated,
        )
        for event in draft.events
    ]
    return Argument(
        source=cause.source,
        key=draft.key,
        actor=cause.actor,
        correlation=cause.correlation,
        causation=cause.causation,
        expect=[_Expectation(stream, version) for stream, version in draft.expect.items()],
        events=events,
        erases=draft.erases,
    )


def told(said: Argument | Sequence[Argument]) -> str:
    """Say it in JSON, as a text that the server takes for jsonb by itself."""
    return msgspec.json.encode(said).decode()


def _append(driver: Driver, drafts: Sequence[Draft]) -> Mapping[int, list[_Placed]]:
    placed: defaultdict[int, list[_Placed]] = defaultdict(list)
    for row in driver.execute(_APPEND, [told([argument(draft) for draft in drafts])], prepare=True, binary=True):
        placed[row[0]].append(_Placed(*row))
    return placed


def _outcome(draft: Draft, placed: Sequence[_Placed], read: Read) -> Outcome:
    """Tell what became of one append.

    What is there already may be this very append: the server may have got to it after it seemed lost and was tried again.
    """
    first = placed[0]
    match first.failure:
        case None:
            events = tuple(
                recorded(draft, event, position=row.at_position, version=row.at_version, recorded_us=row.at_us)
                for event, row in zip(draft.events, placed, strict=True)
            )
            return Appended(events, duplicate=False)
        case "key":
            with read() as connection:
                try:
                    require_same_content(draft, reading.earlier(connection, draft.cause.source, draft.key))
                except Conflict as conflict:
                    return conflict
                earlier = reading.with_key(connection, draft.cause.source, draft.key)
            return Appended(earlier, duplicate=earlier[0].id != draft.events[0].id)
        case "version":
            stream = str(first.subject)
            return VersionConflict(stream, draft.expect[stream], first.at_version)
        case _:
            with read() as connection:
                written = reading.with_ids(connection, (event.id for event in draft.events))
            if len(written) == len(draft.events):
                return Appended(written, duplicate=False)
            cure = "This is a fault of ASLO's own: report it with this message."
            return Permanent("log.refused", f"The database refused an append: {first.subject}.", cure)


def _erase(driver: Driver, draft: Draft) -> Outcome:
    (record,) = draft.events
    erased = driver.execute(_ERASE, [told(argument(draft))], binary=True).fetchone()
    if erased is None:
        return VersionConflict(ERASURES + draft.erases, 0, 1)
    position, recorded_us = erased
    return Appended((recorded(draft, record, position=position, version=1, recorded_us=recorded_us),), duplicate=False)
