"""Read model: what each notifier was told, and what it still has to be told.

Each notifier in force when a run was announced is told of it: `started` once its commit is known, then how it ended. A run that
ends before it tried anything says nothing: `cancelled` is told only where `started` was, and a run that turns out to be
`unchanged` as soon as its commit is known takes its `started` back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, String, Table, Text, delete, select

from aslo_core.events import (
    ENDINGS,
    Event,
    NoticeFailed,
    NoticeSent,
    NoticeWithheld,
    Recorded,
    ReleaseAnnounced,
    ReleaseUnchanged,
    SourceFetched,
)
from aslo_core.projections.columns import Packed
from aslo_core.projections.projection import Projection
from aslo_core.projections.rows import Rows
from aslo_core.types import Value

tables = MetaData()

audiences = Table(
    "notice_audience",
    tables,
    Column("release", String, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("notifiers", Packed[tuple[str, ...]](tuple[str, ...]), nullable=False),
    Column("started", Integer, nullable=False),
)
"""Whom the newest run of a release is told to; `started` is the last run of which `started` was told."""

notices = Table(
    "notice",
    tables,
    Column("about", String, primary_key=True),
    Column("notifier", String, primary_key=True),
    Column("release", String, nullable=False),
    Column("run", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at_us", BigInteger),
    Column("error", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Index("notice_due", "due_at_us"),
    Index("notice_order", "release", "notifier", "position"),
)


class NoticeRow(Value):
    """One notice to one notifier.

    Attributes:
        about: id of the event that it tells of.
        notifier: the notifier's instance.
        release: stream of the release.
        run: number of the run.
        kind: `started`, `published`, `rejected`, `failed`, `unchanged`, `withdrawn` or `cancelled`.
        position: position in the log of the event that it tells of.
        state: `pending`, `sent`, `failed` or `withheld`.
        tries: how often it was tried in vain.
        due_at_us: from when on it may be tried; None when it is settled.
        error: why the last try was in vain, or empty.
        url: where it can be seen once sent, or empty.
        changed_us: when any of this changed last.
    """

    about: str
    notifier: str
    release: str
    run: int
    kind: str
    position: int
    state: str
    tries: int
    due_at_us: int | None
    error: str
    url: str
    changed_us: int


def apply(rows: Rows, recorded: Recorded) -> None:
    """Note what is to be told, and what was."""
    match recorded.event:
        case ReleaseAnnounced() as event:
            told = {"run": event.run, "notifiers": event.notifiers}
            if recorded.version == 1 or not rows.change(audiences, (recorded.stream,), told):
                rows.add(audiences, {"release": recorded.stream, "started": 0, **told})
        case SourceFetched():
            _tell(rows, recorded, "started")
        case NoticeSent() as event:
            sent = {"state": "sent", "due_at_us": None, "url": event.url, "error": ""}
            _settle(rows, recorded, event, sent)
        case NoticeFailed() as event:
            state = "failed" if event.retry_at_us is None else "pending"
            tried = {"state": state, "due_at_us": event.retry_at_us, "tries": event.tries, "error": event.error}
            _settle(rows, recorded, event, tried)
        case NoticeWithheld() as event:
            _settle(rows, recorded, event, {"state": "withheld", "due_at_us": None, "error": ""})
        case ReleaseUnchanged() if _take_back_started(rows, recorded.stream):
            return
        case Event() as event if (ending := ENDINGS.get(type(event))) is not None:
            _tell(rows, recorded, ending)
        case _:
            return


_TYPES: frozenset[type[Event]] = frozenset(
    {ReleaseAnnounced, SourceFetched, NoticeSent, NoticeFailed, NoticeWithheld, *ENDINGS}
)

PROJECTION = Projection("notices", 1, tables, _TYPES, apply)


def _tell(rows: Rows, recorded: Recorded, kind: str) -> None:
    audience = rows.find(audiences, recorded.stream)
    if audience is None or (kind == "cancelled" and audience["started"] != audience["run"]):
        return
    if kind == "started":
        rows.change(audiences, (recorded.stream,), {"started": audience["run"]})
    fields = {"about": recorded.id, "release": recorded.stream, "run": audience["run"], "kind": kind, "state": "pending"}
    fields |= {"position": recorded.position, "due_at_us": recorded.recorded_us, "changed_us": recorded.recorded_us}
    fields |= {"tries": 0, "error": "", "url": ""}
    for notifier in audience["notifiers"]:
        rows.add(notices, fields | {"notifier": notifier})


def _take_back_started(rows: Rows, release: str) -> bool:
    """Forget the `started` of the newest run if nobody was given it yet; tell whether there was such a one."""
    run = select(audiences.c.run).where(audiences.c.release == release).scalar_subquery()
    this = (notices.c.release == release) & (notices.c.run == run) & (notices.c.kind == "started")
    untouched = (notices.c.state == "pending") & (notices.c.tries == 0)
    return rows.sql().execute(delete(notices).where(this, untouched)).rowcount > 0


def _settle(rows: Rows, recorded: Recorded, event: NoticeSent | NoticeFailed | NoticeWithheld, changed: dict[str, Any]) -> None:
    rows.change(notices, (event.about, event.notifier), changed | {"changed_us": recorded.recorded_us})


# --- queries ------------------------------------------------------------------------------------------------------------


def due(connection: Connection, notifier: str, now_us: int) -> tuple[NoticeRow, ...]:
    """Notices that a notifier is to give now, oldest event first; at most one for each release.

    A notice waits while an earlier one of the same release to the same notifier is not settled.

    Args:
        connection: a snapshot of the views.
        notifier: the notifier's instance.
        now_us: the time, µs since 1970 UTC.
    """
    ready = (notices.c.notifier == notifier) & (notices.c.due_at_us <= now_us)
    query = select(notices).where(ready, ~_earlier_pending()).order_by(notices.c.position)
    return tuple(NoticeRow(**row) for row in connection.execute(query).mappings())


def notifiers_with_work(connection: Connection) -> tuple[str, ...]:
    """Name the notifiers that still have something to tell, now or later."""
    query = select(notices.c.notifier).where(notices.c.state == "pending").distinct().order_by(notices.c.notifier)
    return tuple(connection.scalars(query))


def of_release(connection: Connection, stream: str) -> tuple[NoticeRow, ...]:
    """All notices about a release but those that were withheld, oldest event first."""
    query = (
        select(notices)
        .where(notices.c.release == stream, notices.c.state != "withheld")
        .order_by(notices.c.position, notices.c.notifier)
    )
    return tuple(NoticeRow(**row) for row in connection.execute(query).mappings())


def _earlier_pending() -> Any:
    earlier = notices.alias("earlier")
    same = (earlier.c.release == notices.c.release) & (earlier.c.notifier == notices.c.notifier)
    before = (earlier.c.position < notices.c.position) & (earlier.c.state == "pending")
    return select(earlier.c.about).where(same & before).correlate(notices).exists()
