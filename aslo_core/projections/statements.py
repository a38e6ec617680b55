"""Statements on one row of a table by its key, compiled once and given to the driver as they are.

SQLAlchemy executes a statement of its own in 40 to 100 µs, most of it spent on finding out anew what it found out for the row
before; the driver needs 5. Types and SQL stay SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select

Row = dict[str, Any]
Key = tuple[Any, ...]


class TableStatements:
    """Find, insert and replace rows of one table.

    Args:
        table: the table, with a primary key.
        dialect: SQLite's.
    """

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self.name = table.name
        self.key = tuple(column.name for column in table.primary_key.columns)
        this = [column == bindparam(f"this_{column.name}", type_=column.type) for column in table.primary_key.columns]
        every = {column.name: bindparam(column.name, type_=column.type) for column in table.c}
        self._select = _Compiled(select(table).where(*this), table, dialect)
        new = insert(table).values(every)
        self._insert = _Compiled(new, table, dialect)
        rest = {name: new.excluded[name] for name in every if name not in self.key}
        again = new.on_conflict_do_update(self.key, set_=rest) if rest else new.on_conflict_do_nothing(self.key)
        self._put = _Compiled(again, table, dialect)
        self._keep = _Compiled(new.on_conflict_do_nothing(self.key), table, dialect)
        self._names = tuple(column.name for column in table.c)
        self._results = [
            (column.name, processor)
            for column in table.c
            if (processor := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]

    def key_of(self, row: Mapping[str, Any]) -> Key:
        """Give the key of a row."""
        return tuple([row[name] for name in self.key])

    def find(self, cursor: DBAPICursor, key: Key) -> Row | None:
        """Read the row of that key, or None."""
        cursor.execute(self._select.sql, self._select.bind(dict(zip(self.key, key, strict=True))))
        found = cursor.fetchone()
        if found is None:
            return None
        row: Row = dict(zip(self._names, found, strict=True))
        for name, processor in self._results:
            row[name] = processor(row[name])
        return row

    def insert(self, cursor: DBAPICursor, rows: Iterable[Row]) -> None:
        """Write new rows."""
        cursor.executemany(self._insert.sql, [self._insert.bind(row) for row in rows])

    def put(self, cursor: DBAPICursor, rows: Iterable[Row]) -> None:
        """Write rows in the place of those that have their keys, where there are such."""
        cursor.executemany(self._put.sql, [self._put.bind(row) for row in rows])

    def keep(self, cursor: DBAPICursor, rows: Iterable[Row]) -> None:
        """Write rows whose keys are new."""
        cursor.executemany(self._keep.sql, [self._keep.bind(row) for row in rows])


class _Compiled:
    """A statement whose parameters are named for columns, with `this_` in front where they say which row is meant."""

    def __init__(self, statement: Select[Any] | UpdateBase, table: Table, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        positions: Sequence[str] = compiled.positiontup or ()
        names = [name.removeprefix("this_") for name in positions]
        processors = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
        self._get = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
        self._processors = [(place, processor) for place, processor in enumerate(processors) if processor is not None]

    def bind(self, row: Mapping[str, Any]) -> Sequence[Any]:
        """Give the parameters, in the statement's order, as the driver takes them."""
        values: Sequence[Any] = self._get(row)
        if not self._processors:
            return values
        bound = list(values)
        for place, processor in self._processors:
            bound[place] = processor(bound[place])
        return bound


@cache
def statements(table: Table) -> TableStatements:
    """Give the statements of a table; they are compiled once in a process."""
    return TableStatements(table, sqlite.dialect())


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[DBAPICursor]:
    """Lend a cursor of the driver within the connection's transaction.

    Raises:
        DBAPIError: what the driver raises, as SQLAlchemy would tell it.
    """
    cursor = connection.connection.cursor()
    driver = connection.dialect.loaded_dbapi.Error
    try:
        yield cursor
    except driver as error:
        raise DBAPIError.instance(None, None, error, driver, dialect=connection.dialect) from error
    finally:
        cursor.close()
