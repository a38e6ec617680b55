"""A connection that is lent again is as good as new, and none stays open for ever."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from aslo_core.log.sqlite.keep import Keep, driver_of


@pytest.fixture
def opened() -> list[sqlite3.Connection]:
    """What was opened, in order."""
    return []


@pytest.fixture
def keep(tmp_path: Path, opened: list[sqlite3.Connection]) -> Keep:
    def connect() -> sqlite3.Connection:
        opened.append(sqlite3.connect(tmp_path / "some.db", isolation_level=None))
        return opened[-1]

    return Keep(connect)


def is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


def test_one_after_the_other_is_lent_the_same(keep: Keep, opened: list[sqlite3.Connection]):
    for _ in range(3):
        with keep.lend() as connection:
            connection.exec_driver_sql("SELECT 1")
            assert driver_of(connection) is opened[0]
    assert len(opened) == 1
    keep.close()


def test_two_at_once_are_lent_two(keep: Keep):
    with keep.lend() as one, keep.lend() as other:
        assert driver_of(one) is not driver_of(other)
    keep.close()


def fails(connection: sa.Connection) -> None:
    driver_of(connection).execute("BEGIN IMMEDIATE")
    raise KeyboardInterrupt


def forgets(connection: sa.Connection) -> None:
    driver_of(connection).execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize("use", [fails, forgets])
def test_what_was_left_in_a_transaction_is_lent_to_nobody(
    keep: Keep, opened: list[sqlite3.Connection], use: Callable[[sa.Connection], None]
):
    with suppress(KeyboardInterrupt), keep.lend() as connection:
        use(connection)
    assert not is_open(opened[0])
    with keep.lend() as connection:
        driver_of(connection).execute("BEGIN IMMEDIATE").execute("ROLLBACK")
    assert len(opened) == 2
    keep.close()


def test_only_some_wait(keep: Keep, opened: list[sqlite3.Connection]):
    with ExitStack() as lent:
        for _ in range(20):
            lent.enter_context(keep.lend())
    assert sum(map(is_open, opened)) == 8
    keep.close()
    assert not any(map(is_open, opened))


def test_what_is_lent_at_the_end_is_closed_when_it_comes_back(keep: Keep, opened: list[sqlite3.Connection]):
    with keep.lend():
        keep.close()
        assert is_open(opened[0])
    assert not is_open(opened[0])
