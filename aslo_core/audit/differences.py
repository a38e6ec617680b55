"""Where two databases of the same read models differ: which tables, how many rows, and which columns of the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Literal

from sqlalchemy import Connection, Table

from aslo_core.projections.projection import Projection, stored_rows
from aslo_core.types import Value

SHOWN = 10
"""How many differing rows of a table are shown."""

_VALUE_LENGTH = 200


class ColumnDifference(Value):
    """A column that differs, with both values as text, shortened."""

    column: str
    in_use: str
    replayed: str


class RowDifference(Value):
    """A row that differs.

    Attributes:
        key: its primary key.
        how: `missing` from the tables in use, `surplus` in them, or `changed`.
        columns: those that differ, where the row is in both.
    """

    key: tuple[Any, ...]
    how: Literal["missing", "surplus", "changed"]
    columns: tuple[ColumnDifference, ...] = ()


class TableDifference(Value):
    """A table that differs.

    Attributes:
        table: its name.
        rows: how many rows differ.
        first: the first of them, by key.
    """

    table: str
    rows: int
    first: tuple[RowDifference, ...]


def differences(in_use: Connection, replayed: Connection, projection: Projection) -> tuple[TableDifference, ...]:
    """Compare all rows of a projection in two databases; no difference, no entry."""
    found = []
    for table in projection.sorted_tables:
        differing = _differing(table, in_use.execute(stored_rows(table)), replayed.execute(stored_rows(table)))
        first = tuple(islice(differing, SHOWN))
        if first:
            found.append(TableDifference(table=str(table.name), rows=len(first) + sum(1 for _ in differing), first=first))
    return tuple(found)


def _differing(table: Table, in_use: Iterable[Sequence[Any]], replayed: Iterable[Sequence[Any]]) -> Iterator[RowDifference]:
    """Walk through both in the order of their keys."""
    names = [str(column.name) for column in table.c]
    places = [names.index(str(column.name)) for column in table.primary_key.columns]

    def key(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(row[place] for place in places)

    ours, theirs = iter(in_use), iter(replayed)
    one, other = next(ours, None), next(theirs, None)
    while one is not None and other is not None:
        if key(one) < key(other):
            yield RowDifference(key=key(one), how="surplus")
            one = next(ours, None)
        elif key(other) < key(one):
            yield RowDifference(key=key(other), how="missing")
            other = next(theirs, None)
        else:
            if columns := tuple(_columns(names, one, other)):
                yield RowDifference(key=key(one), how="changed", columns=columns)
            one, other = next(ours, None), next(theirs, None)
    for left in _left(one, ours):
        yield RowDifference(key=key(left), how="surplus")
    for left in _left(other, theirs):
        yield RowDifference(key=key(left), how="missing")


def _left(row: Sequence[Any] | None, rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    return iter(()) if row is None else chain([row], rows)


def _columns(names: Sequence[str], one: Sequence[Any], other: Sequence[Any]) -> Iterator[ColumnDifference]:
    for name, in_use, replayed in zip(names, one, other, strict=True):
        if in_use != replayed:
            yield ColumnDifference(column=name, in_use=_short(in_use), replayed=_short(replayed))


def _short(value: Any) -> str:
    text = "(none)" if value is None else str(value)
    return text if len(text) <= _VALUE_LENGTH else f"{text[:_VALUE_LENGTH]}… ({len(text)} characters)"
