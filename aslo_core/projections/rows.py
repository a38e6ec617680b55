"""The rows of a projection while it applies a batch of events: read by key when they are needed, written all at once.

One statement for each event would cost ten times what the database needs for the row. Rows that a batch touches are kept in
memory instead; they are written by one or two statements with many parameters for each table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.engine.interfaces import DBAPICursor

from aslo_core.projections.statements import Key, Row, TableStatements, statements

__all__ = ["Key", "Row", "Rows"]


class Rows:
    """What `apply` reads and writes.

    Args:
        connection: in a transaction of whoever made this.
        cursor: of the driver, in the same transaction.
    """

    def __init__(self, connection: Connection, cursor: DBAPICursor) -> None:
        self._connection = connection
        self._cursor = cursor
        self._held: dict[Table, _Held] = {}

    def find(self, table: Table, *key: Any) -> Mapping[str, Any] | None:
        """Give the row of that primary key as it is after all that was applied so far, or None. Not to be changed."""
        return (self._held.get(table) or self._hold(table)).find(key)

    def add(self, table: Table, row: Row) -> None:
        """Add a row, all columns given, whose key was not there before.

        Raises:
            ValueError, sqlite3.IntegrityError: the key is there; raised here or by what comes to know it later on.
        """
        (self._held.get(table) or self._hold(table)).added.append(row)

    def change(self, table: Table, key: Key, changes: Mapping[str, Any]) -> bool:
        """Change some columns of a row; tell whether there is one of that key."""
        return (self._held.get(table) or self._hold(table)).change(key, changes)

    def put(self, table: Table, row: Row) -> None:
        """Add a row, all columns given, or replace the one of the same key."""
        (self._held.get(table) or self._hold(table)).put(row)

    def keep(self, table: Table, row: Row) -> None:
        """Add a row, all columns given, unless there is one of its key: that one stays as it is."""
        (self._held.get(table) or self._hold(table)).keep(row)

    def sql(self) -> Connection:
        """Write everything and give the connection, for what cannot be said by key. What was read before is read again."""
        self.write()
        self._held.clear()
        return self._connection

    def write(self) -> None:
        """Write what is new and what was changed."""
        for held in self._held.values():
            held.write()

    def _hold(self, table: Table) -> _Held:
        held = self._held[table] = _Held(statements(table), self._cursor)
        return held


class _Held:
    """Rows of one table. Those that were added are told apart by key once a row is looked for; in most tables none ever is."""

    def __init__(self, table: TableStatements, cursor: DBAPICursor) -> None:
        self.added: list[Row] = []
        self._table = table
        self._cursor = cursor
        self._known: dict[Key, Row | None] = {}
        self._new: dict[Key, Row] = {}
        self._changed: dict[Key, Row] = {}
        self._kept: dict[Key, Row] = {}

    def find(self, key: Key) -> Row | None:
        row = self._known.get(key)
        if row is not None:
            return row
        if self.added:
            self._tell_apart()
        if key in self._kept:
            self._write_kept()
        if key not in self._known:
            self._known[key] = self._table.find(self._cursor, key)
        return self._known[key]

    def change(self, key: Key, changes: Mapping[str, Any]) -> bool:
        row = self._known.get(key) or self.find(key)
        if row is None:
            return False
        row.update(changes)
        if key not in self._new:
            self._changed[key] = row
        return True

    def put(self, row: Row) -> None:
        if self.added:
            self._tell_apart()
        key = self._table.key_of(row)
        self._known[key] = row
        (self._new if key in self._new else self._changed)[key] = row

    def keep(self, row: Row) -> None:
        if self.added:
            self._tell_apart()
        key = self._table.key_of(row)
        if self._known.get(key) is None:
            self._kept.setdefault(key, row)

    def write(self) -> None:
        if self._kept and self.added:
            self._tell_apart()
        self._table.insert(self._cursor, [*self._new.values(), *self.added])
        self._table.put(self._cursor, self._changed.values())
        for written in (self._new, self.added, self._changed):
            written.clear()
        self._write_kept()

    def _write_kept(self) -> None:
        self._table.keep(self._cursor, self._kept.values())
        for key in self._kept:
            if self._known.get(key) is None:
                self._known.pop(key, None)
        self._kept.clear()

    def _tell_apart(self) -> None:
        for row in self.added:
            key = self._table.key_of(row)
            if self._known.get(key) is not None or key in self._kept:
                raise ValueError(f"table {self._table.name} has a row {key} already")
            self._known[key] = self._new[key] = row
        self.added.clear()
