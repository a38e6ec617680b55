"""Read model: when each source was asked last for what no delivery told, and what hinders that."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, String, Table, Text, select, update

from aslo_core.events import ConfigChanged, Recorded, SourceDelayed, SourceReconciled
from aslo_core.projections.projection import Projection
from aslo_core.projections.rows import Rows
from aslo_core.types import Value

tables = MetaData()

sources = Table(
    "reconciliation",
    tables,
    Column("source", String, primary_key=True),
    Column("first_us", BigInteger, nullable=False),
    Column("complete_us", BigInteger, nullable=False),
    Column("asked_us", BigInteger),
    Column("found", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("retry_at_us", BigInteger, nullable=False),
)

_NOTHING_WRONG = {"failures": 0, "error": "", "retry_at_us": 0}


class ReconciliationRow(Value):
    """How far a source was held against the log.

    Attributes:
        source: the source's instance.
        first_us: when the source was in force for the first time: what was published before is no business of this ASLO.
        complete_us: up to when nothing is missing in the log that was published since then.
        asked_us: when it was asked last with success, or None.
        found: how many deliveries that brought.
        failures: how often asking failed since.
        error: why it failed the last time, or empty.
        retry_at_us: from when on it is asked again after that.
    """

    source: str
    first_us: int
    complete_us: int
    asked_us: int | None
    found: int
    failures: int
    error: str
    retry_at_us: int


def apply(rows: Rows, recorded: Recorded) -> None:
    """Note when a source came into force, and what came of asking it."""
    match recorded.event:
        case ConfigChanged(tables=configured):
            names = [table.key.partition(".")[2] for table in configured if table.key.startswith("source.")]
            rows.sql().execute(update(sources).where(sources.c.source.not_in(names)).values(_NOTHING_WRONG))  # nobody asks them
            for name in names:
                rows.keep(sources, _born(name, recorded))
        case SourceReconciled() as event:
            before = _row(rows, recorded)
            goes_on = event.since_us <= before["complete_us"] < event.until_us
            complete = {"complete_us": event.until_us if goes_on else before["complete_us"]}
            rows.put(sources, before | complete | {"asked_us": event.until_us, "found": event.found, **_NOTHING_WRONG})
        case SourceDelayed() as event:
            wrong = {"failures": event.failures, "error": event.error, "retry_at_us": event.retry_at_us}
            rows.put(sources, _row(rows, recorded) | wrong)
        case _:
            return


PROJECTION = Projection("reconciliations", 1, tables, frozenset({ConfigChanged, SourceReconciled, SourceDelayed}), apply)


def _row(rows: Rows, recorded: Recorded) -> dict[str, Any]:
    name = recorded.stream.partition("/")[2]
    return dict(rows.find(sources, name) or _born(name, recorded))


def _born(name: str, recorded: Recorded) -> dict[str, Any]:
    since = {"first_us": recorded.recorded_us, "complete_us": recorded.recorded_us}
    return {"source": name, **since, "asked_us": None, "found": 0, **_NOTHING_WRONG}


# --- queries ------------------------------------------------------------------------------------------------------------


def find(connection: Connection, source: str) -> ReconciliationRow | None:
    """How far a source was held against the log; None for one that was never in force."""
    row = connection.execute(select(sources).where(sources.c.source == source)).mappings().one_or_none()
    return ReconciliationRow(**row) if row else None


def of_sources(connection: Connection, names: Collection[str]) -> tuple[ReconciliationRow, ...]:
    """How far each of these sources was held against the log, by name."""
    query = select(sources).where(sources.c.source.in_([*names])).order_by(sources.c.source)
    return tuple(ReconciliationRow(**row) for row in connection.execute(query).mappings())
