"""Statements that are compiled once and given to the driver as they are, whose rows are taken as they come.

For what is asked again and again, or for millions of rows: by way of SQLAlchemy, both would cost more than the database needs
to answer. Types and SQL stay SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert

_RESULTS: Mapping[str, Mapping[str, bool]] = {"postgresql": {"binary": True}}
"""What the driver is told of the results: psycopg takes half the time over those that are not texts."""

Statement = sa.Select[*tuple[Any, ...]] | Insert


def fetch(connection: sa.Connection, query: Statement, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows that a query finds, as the driver gives them.

    Args:
        connection: lent by a `Database`, which turns the driver's errors into words.
        query: made once; it is kept compiled.
        values: of its parameters.
    """
    with _executed(connection, query, values) as cursor:
        return list(cursor.fetchall())


def carry_out(connection: sa.Connection, statement: Statement, values: Mapping[str, Any]) -> None:
    """Carry out a statement that finds no rows; the arguments are those of `fetch`."""
    with _executed(connection, statement, values):
        pass


@contextmanager
def _executed(connection: sa.Connection, statement: Statement, values: Mapping[str, Any]) -> Iterator[DBAPICursor]:
    compiled = _compiled(statement, connection.dialect)
    parameters = compiled.construct_params(values)
    by_place = compiled.positiontup
    with closing(connection.connection.cursor(**_RESULTS.get(connection.dialect.name, {}))) as cursor:
        cursor.execute(compiled.string, [parameters[name] for name in by_place] if by_place else parameters)
        yield cursor


@lru_cache
def _compiled(statement: Statement, dialect: sa.Dialect) -> SQLCompiler:
    return statement.compile(dialect=dialect)
