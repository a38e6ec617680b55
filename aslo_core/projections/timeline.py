"""The events of each release in order, each with its sentence; part of the read model of releases."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, String, Table, Text, select

from aslo_core.events import Recorded
from aslo_core.projections.rows import Rows
from aslo_core.projections.sentences import sentence_of
from aslo_core.types import Value

tables = MetaData()

timeline = Table(
    "release_event",
    tables,
    Column("stream", String, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("id", String, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("run", Integer, nullable=False),
    Column("attempt", Integer),
    Column("step", String, nullable=False),
    Column("name", String, nullable=False),
    Column("sentence", Text, nullable=False),
)


class TimelineRow(Value):
    """One event of a release.

    Attributes:
        position: position in the log.
        id: the event's id.
        recorded_us: when it was recorded.
        run: the run it belongs to, from 1.
        attempt: the attempt it belongs to, or None.
        step: the step it names, or empty.
        name: the event's stable name, for example `bundle.built`.
        sentence: what it says to people; may hold texts of developers.
    """

    position: int
    id: str
    recorded_us: int
    run: int
    attempt: int | None
    step: str
    name: str
    sentence: str


def note(rows: Rows, recorded: Recorded, run: int) -> None:
    """Add an event to its release's timeline."""
    event = recorded.event
    if event is None:
        return
    rows.add(
        timeline,
        {
            "stream": recorded.stream,
            "position": recorded.position,
            "id": recorded.id,
            "recorded_us": recorded.recorded_us,
            "run": run,
            "attempt": getattr(event, "attempt", None),
            "step": getattr(event, "step", ""),
            "name": event.event_name,
            "sentence": sentence_of(recorded),
        },
    )


def of_release(connection: Connection, stream: str) -> tuple[TimelineRow, ...]:
    """All events of a release, oldest first."""
    columns = [column for column in timeline.c if column.name != "stream"]
    query = select(*columns).where(timeline.c.stream == stream).order_by(timeline.c.position)
    return tuple(TimelineRow(**row) for row in connection.execute(query).mappings())
