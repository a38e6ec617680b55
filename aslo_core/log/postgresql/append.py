"""Calls of the functions that append and erase, on PostgreSQL (migrations/versions/0001_log.postgresql.sql)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple, cast

import msgspec
import psycopg
import sqlalchemy as sa
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from aslo_core.errors import Conflict, Permanent
from aslo_core.log import reading
from aslo_core.log.draft import Draft, recorded
from aslo_core.log.errors import VersionConflict
from aslo_core.log.leaf import NO_METADATA
from aslo_core.log.names import ERASURES
from aslo_core.log.outcome import Appended, Outcome, require_same_content

_APPEND = "SELECT * FROM append(%b)"
_ERASE = "SELECT * FROM erase(%b)"


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


class Argument(msgspec.Struct, frozen=True):
    """An append as the functions take it."""

    source: str
    key: str
    actor: str
    correlation: str
    causation: str
    expect: Mapping[str, int]
    events: list[_Event]
    erases: str


class _Placed(NamedTuple):
    number: int
    failure: str | None
    subject: str | None
    at_position: int
    at_version: int
    at_us: int


class _Erased(NamedTuple):
    at_position: int
    at_us: int


def write(connection: sa.Connection, drafts: Sequence[Draft]) -> list[Outcome]:
    """Write appends, and erasures after them, in one transaction; the outcomes are in the order of the drafts."""
    outcomes: dict[int, Outcome] = {}
    appends = [number for number, draft in enumerate(drafts) if not draft.erases]
    erasures = [number for number, draft in enumerate(drafts) if draft.erases]
    # A call that is alone commits by itself, which saves two round trips.
    with _driver(connection).transaction() if len(erasures) + bool(appends) > 1 else nullcontext():
        if appends:
            outcomes.update(zip(appends, _append(connection, [drafts[number] for number in appends]), strict=True))
        for number in erasures:
            outcomes[number] = _erase(connection, drafts[number])
    return [outcomes[number] for number in range(len(drafts))]


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
        expect=draft.expect,
        events=events,
        erases=draft.erases,
    )


def _append(connection: sa.Connection, drafts: Sequence[Draft]) -> list[Outcome]:
    taken = Jsonb([argument(draft) for draft in drafts], dumps=msgspec.json.encode)
    placed: defaultdict[int, list[_Placed]] = defaultdict(list)
    with _driver(connection).cursor(row_factory=class_row(_Placed), binary=True) as cursor:
        for row in cursor.execute(_APPEND, [taken], prepare=True):
            placed[row.number - 1].append(row)
    return [_outcome(connection, draft, placed[number]) for number, draft in enumerate(drafts)]


def _outcome(connection: sa.Connection, draft: Draft, placed: Sequence[_Placed]) -> Outcome:
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
            written = reading.with_ids(connection, (event.id for event in draft.events))
            if len(written) == len(draft.events):
                return Appended(written, duplicate=False)
            cure = "This is a fault of ASLO's own: report it with this message."
            return Permanent("log.refused", f"The database refused an append: {first.subject}.", cure)


def _erase(connection: sa.Connection, draft: Draft) -> Outcome:
    (record,) = draft.events
    taken = Jsonb(argument(draft), dumps=msgspec.json.encode)
    with _driver(connection).cursor(row_factory=class_row(_Erased), binary=True) as cursor:
        erased = cursor.execute(_ERASE, [taken]).fetchone()
    if erased is None:
        return VersionConflict(ERASURES + draft.erases, 0, 1)
    event = recorded(draft, record, position=erased.at_position, version=1, recorded_us=erased.at_us)
    return Appended((event,), duplicate=False)


def _driver(connection: sa.Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
