"""The rows of a projection while it applies a batch of events: read by key when they are needed, written all at once.

One statement for each event would cost ten times what the database needs for the row. Rows that a batch touches are kept in
memory instead; new and changed ones are written by one statement with many parameters for each table.
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
        self._known: dict[Table, dict[Key, Row | None]] = {}
        self._new: dict[Table, dict[Key, Row]] = {}
        self._changed: dict[Table, dict[Key, Row]] = {}

    def find(self, table: Table, *key: Any) -> Mapping[str, Any] | None:
        """Give the row of that primary key as it is after all that was applied so far, or None. Not to be changed."""
        return self._find(table, key)

    def add(self, table: Table, row: Row) -> None:
        """Add a row, all columns given, whose key was not there before.

        Raises:
            ValueError: the key is there. Where only the database can tell, it does so when the batch is written.
        """
        key = self._statements(table).key_of(row)
        known = self._known.setdefault(table, {})
        if known.get(key) is not None:
            raise ValueError(f"table {table.name} has a row {key} already")
        known[key] = row
        self._new.setdefault(table, {})[key] = row

    def change(self, table: Table, key: Key, changes: Mapping[str, Any]) -> bool:
        """Change some columns of a row; tell whether there is one of that key."""
        row = self._find(table, key)
        if row is None:
            return False
        row.update(changes)
        if key not in self._new.get(table, ()):
            self._changed.setdefault(table, {})[key] = row
        return True

    def put(self, table: Table, row: Row) -> None:
        """Add a row, all columns given, or replace the one of the same key."""
        if not self.change(table, self._statements(table).key_of(row), row):
            self.add(table, row)

    def sql(self) -> Connection:
        """Write everything and give the connection, for what cannot be said by key. What was read before is read again."""
        self.write()
        self._known.clear()
        return self._connection

    def write(self) -> None:
        """Write what is new and what was changed."""
        for table, new in self._new.items():
            self._statements(table).insert(self._cursor, new.values())
        for table, changed in self._changed.items():
            self._statements(table).update(self._cursor, changed.values())
        self._new.clear()
        self._changed.clear()

    def _find(self, table: Table, key: Key) -> Row | None:
        known = self._known.setdefault(table, {})
        if key not in known:
            known[key] = self._statements(table).find(self._cursor, key)
        return known[key]

    def _statements(self, table: Table) -> TableStatements:
        return statements(table, self._connection.dialect)
