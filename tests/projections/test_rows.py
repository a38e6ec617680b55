"""Rows in memory answer as the table will once they are written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, String, Table, delete, select

from aslo_core.projections.columns import Packed
from aslo_core.projections.rows import Rows
from aslo_core.projections.statements import driver_cursor
from aslo_core.projections.views import open_scratch
from aslo_core.types import Person

tables = MetaData()
people = Table(
    "person",
    tables,
    Column("place", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("person", Packed[Person](Person)),
    Column("away", Boolean, nullable=False),
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = open_scratch(tmp_path / "rows.db")
    with engine.begin() as made:
        tables.create_all(made)
        yield made
    engine.dispose()


@pytest.fixture
def rows(connection: Connection) -> Iterator[Rows]:
    with driver_cursor(connection) as cursor:
        yield Rows(connection, cursor)


def row(number: int, login: str = "ada", *, away: bool = False) -> dict[str, Any]:
    return {"place": "here", "number": number, "person": Person(login=login), "away": away}


def test_a_row_is_found_as_it_was_given_before_and_after_it_is_written(rows: Rows):
    rows.add(people, row(1))
    assert rows.find(people, "here", 1) == row(1)
    rows.sql()
    assert rows.find(people, "here", 1) == row(1)
    assert rows.find(people, "here", 1)["away"] is False
    assert rows.find(people, "here", 2) is None


def test_a_change_of_a_row_that_is_not_there_says_so(rows: Rows):
    assert rows.change(people, ("here", 1), {"away": True}) is False
    assert rows.find(people, "here", 1) is None


def test_a_second_row_of_one_key_is_refused(rows: Rows):
    rows.add(people, row(1))
    rows.add(people, row(1))
    with pytest.raises(ValueError, match=r"table person has a row \('here', 1\) already"):
        rows.find(people, "here", 1)


def test_a_second_row_of_one_key_is_refused_by_the_table_where_nobody_looked_for_the_first(rows: Rows):
    rows.add(people, row(1))
    rows.add(people, row(2))
    rows.write()
    rows.add(people, row(1))
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE constraint failed: person\.place, person\.number"):
        rows.write()


def test_a_row_is_kept_only_where_there_is_none_of_its_key(rows: Rows):
    rows.keep(people, row(1))
    rows.keep(people, row(1, "grace"))
    rows.write()
    rows.keep(people, row(1, "mary"))
    rows.put(people, row(2))
    rows.keep(people, row(2, "grace"))
    assert rows.find(people, "here", 1) == row(1)
    assert rows.find(people, "here", 2) == row(2)
    assert len(rows.sql().execute(select(people)).all()) == 2


def test_what_was_not_found_is_found_once_it_is_kept(rows: Rows):
    assert [rows.find(people, "here", number) for number in (1, 2)] == [None, None]
    rows.keep(people, row(1))
    rows.keep(people, row(2))
    assert [rows.find(people, "here", number) for number in (1, 2)] == [row(1), row(2)]


def test_a_second_row_of_the_key_of_one_that_is_kept_is_refused(rows: Rows):
    rows.keep(people, row(1))
    rows.add(people, row(1))
    with pytest.raises(ValueError, match=r"table person has a row \('here', 1\) already"):
        rows.write()


def test_what_sql_changes_is_seen(rows: Rows):
    rows.add(people, row(1))
    rows.sql().execute(delete(people))
    assert rows.find(people, "here", 1) is None
    rows.add(people, row(1, "grace"))
    assert rows.find(people, "here", 1) == row(1, "grace")


steps = st.lists(
    st.tuples(st.sampled_from(["put", "keep", "change", "find", "write", "sql"]), st.integers(0, 3), st.text(max_size=3))
)


@settings(max_examples=200, deadline=None)
@given(steps=steps)
def test_any_steps_leave_the_table_as_a_dictionary_would_be(tmp_path_factory: pytest.TempPathFactory, steps: Any):
    expected: dict[int, dict[str, Any]] = {}
    engine = open_scratch(tmp_path_factory.mktemp("rows") / "rows.db")
    with engine.begin() as connection, driver_cursor(connection) as cursor:
        tables.create_all(connection)
        rows = Rows(connection, cursor)
        for step, number, login in steps:
            match step:
                case "put":
                    rows.put(people, row(number, login))
                    expected[number] = row(number, login)
                case "keep":
                    rows.keep(people, row(number, login))
                    expected.setdefault(number, row(number, login))
                case "find":
                    assert rows.find(people, "here", number) == expected.get(number)
                case "change":
                    assert rows.change(people, ("here", number), {"away": True}) is (number in expected)
                    if number in expected:
                        expected[number]["away"] = True
                case "write":
                    rows.write()
                case "sql":
                    rows.sql()
        rows.write()
        found = connection.execute(select(people).order_by(people.c.number)).mappings().all()
    engine.dispose()
    assert [dict(one) for one in found] == [expected[number] for number in sorted(expected)]
