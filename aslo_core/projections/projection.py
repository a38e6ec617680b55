"""What a projection is, how far each one has read, and which events it could not take."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Integer, MetaData, Select, String, Table, Text, select, type_coerce

from aslo_core.events import Event, Recorded
from aslo_core.projections.columns import Packed
from aslo_core.projections.rows import Rows

bookkeeping = MetaData()

positions = Table(
    "progress",
    bookkeeping,
    Column("name", String, primary_key=True),
    Column("schema_version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("event", String, nullable=False),
    Column("rebuilt_at", Integer, nullable=False),
    Column("erased_at", Integer, nullable=False),
    Column("tables", Packed[tuple[str, ...]](tuple[str, ...]), nullable=False),
)
"""One row per projection. `position` and `event`, the id, of the last event applied, -1 and empty at first; `rebuilt_at`, the
head of the log when its building began: what was erased up to there was read as erased; `erased_at`, the position of the newest
erasure that it has seen, -1 for none; `tables`, the names of its tables."""

parked = Table(
    "parked",
    bookkeeping,
    Column("projection", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("event", String, nullable=False),
    Column("type", String, nullable=False),
    Column("stream", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("parked_us", Integer, nullable=False),
)
"""Events that a projection could not apply, and went on without."""


@dataclass(frozen=True)
class Projection:
    """One read model.

    Attributes:
        name: its name, stable.
        version: number of its schema and of what `apply` makes; when it differs from the one in the database, the tables
            are built anew.
        tables: its own tables, touched by nobody else.
        types: the types of event that it is made of; it is told of no others.
        apply: changes the rows by one event. Pure: reads nothing but the event and its own rows, and has no other effect.
            It has to bear that an earlier event of the stream is missing, since an erased one is.
    """

    name: str
    version: int
    tables: MetaData
    types: frozenset[type[Event]]
    apply: Callable[[Rows, Recorded], None]

    @property
    def sorted_tables(self) -> list[Table]:
        """Its tables, by name."""
        return sorted(self.tables.tables.values(), key=lambda table: table.name)


def stored_rows(table: Table) -> Select[Any]:
    """Ask for all rows of a table in the order of their keys, packed values as the text that is stored."""
    columns = [type_coerce(c, Text()).label(c.name) if isinstance(c.type, Packed) else c for c in table.c]
    return select(*columns).order_by(*table.primary_key.columns)


def digest(connection: Connection, projection: Projection) -> str:
    """SHA-256 over all rows of a projection in the order of their keys: equal for equal contents, however they came about."""
    sum_ = hashlib.sha256()
    encoder = msgspec.json.Encoder()
    for table in projection.sorted_tables:
        sum_.update(f"{table.name}\n".encode())
        for row in connection.execute(stored_rows(table)):
            sum_.update(encoder.encode(tuple(row)) + b"\n")
    return sum_.hexdigest()
