"""What a projection is, and how far each one has read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, select

from aslo_core.events import Recorded

bookkeeping = MetaData()

positions = Table(
    "progress",
    bookkeeping,
    Column("name", String, primary_key=True),
    Column("schema_version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("event", String, nullable=False),
    Column("rebuilt_at", Integer, nullable=False),
)
"""One row per projection. `position` and `event`, the id, of the last event applied, -1 and empty at first; `rebuilt_at`, the
head of the log when its last rebuild began: what was erased up to there was read as erased."""


@dataclass(frozen=True)
class Projection:
    """One read model.

    Attributes:
        name: its name, stable.
        version: number of its schema and of what `apply` makes; when it differs from the one in the database, the tables
            are dropped and built anew.
        tables: its own tables, touched by nobody else.
        apply: changes the tables by one event. Pure: reads nothing but the event and its own tables, and has no other effect.
    """

    name: str
    version: int
    tables: MetaData
    apply: Callable[[Connection, Recorded], None]


def digest(connection: Connection, projection: Projection) -> str:
    """SHA-256 over all rows of a projection in the order of their keys: equal for equal contents, however they came about."""
    sum_ = hashlib.sha256()
    for table in sorted(projection.tables.tables.values(), key=lambda table: table.name):
        sum_.update(f"{table.name}\n".encode())
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            sum_.update(msgspec.json.encode(tuple(row), order="sorted") + b"\n")
    return sum_.hexdigest()
