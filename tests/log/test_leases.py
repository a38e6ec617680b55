"""Leases: one holder at a time, by the database's clock, on each database."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from aslo_core.log import Where
from aslo_core.log.leases import Leases
from aslo_core.log.opening import database_at
from aslo_core.log.schema import leases as table

LONG = 3600.0


@pytest.fixture
def make(where: Where) -> Iterator[Callable[[], Leases]]:
    made: list[Leases] = []

    def another() -> Leases:
        made.append(Leases(where))
        return made[-1]

    yield another
    for one in made:
        one.close()


@pytest.fixture
def leases(make: Callable[[], Leases]) -> Leases:
    return make()


def test_one_holds_a_name_and_another_does_not(leases: Leases, make: Callable[[], Leases]) -> None:
    assert leases.take("leader", "a", LONG)
    assert not make().take("leader", "b", LONG)
    assert leases.take("leader", "a", LONG), "who holds it goes on"
    assert leases.held() == {"leader": "a"}


def test_what_has_expired_is_held_by_nobody_and_anybody_may_take_it(leases: Leases) -> None:
    assert leases.take("leader", "a", 0)
    assert leases.held() == {}
    assert leases.take("leader", "b", LONG)
    assert not leases.take("leader", "a", LONG), "whoever was stopped too long finds a successor"


def test_who_comes_back_late_goes_on_where_nobody_took_it(leases: Leases) -> None:
    leases.take("leader", "a", 0)
    assert leases.take("leader", "a", LONG)


def test_what_was_given_back_can_be_taken_at_once(leases: Leases) -> None:
    leases.take("leader", "a", LONG)
    leases.give_back("leader", "a")
    assert leases.take("leader", "b", LONG)


def test_nobody_gives_back_what_somebody_else_holds(leases: Leases) -> None:
    leases.take("leader", "a", LONG)
    leases.give_back("leader", "b")
    leases.give_back("another", "b")
    assert leases.held() == {"leader": "a"}


def test_names_are_found_by_how_they_begin(leases: Leases) -> None:
    for name in ("worker/1", "worker/2", "worker%", "leader"):
        leases.take(name, name, LONG)
    assert set(leases.held("worker/")) == {"worker/1", "worker/2"}
    assert set(leases.held("worker%")) == {"worker%"}, "no pattern"


def test_only_what_expired_long_ago_is_removed(leases: Leases, where: Where) -> None:
    for name, seconds in (("long-ago", -LONG - 1), ("just-now", 0), ("held", LONG)):
        leases.take(name, "a", seconds)
    leases.sweep()
    database = database_at(where)
    with database.read() as connection:
        assert set(connection.execute(sa.select(table.c.name)).scalars()) == {"just-now", "held"}
    database.close()


def test_of_many_who_want_it_at_the_same_moment_one_has_it(make: Callable[[], Leases]) -> None:
    wanting = [make() for _ in range(8)]
    barrier = threading.Barrier(len(wanting), timeout=30)

    def want(number: int) -> bool:
        barrier.wait()
        return wanting[number].take("leader", str(number), LONG)

    with ThreadPoolExecutor(len(wanting)) as pool:
        took = list(pool.map(want, range(len(wanting))))
    assert sum(took) == 1
    assert wanting[0].held() == {"leader": str(took.index(True))}


def test_the_clock_is_the_databases(leases: Leases, where: Where) -> None:
    """Both machines may be wrong: all that counts is what the database says."""
    leases.take("leader", "a", LONG)
    if isinstance(where, Path):
        clock = "SELECT CAST(strftime('%s', 'now') AS INTEGER)"
    else:
        clock = "SELECT extract(epoch FROM clock_timestamp())::bigint"
    database = database_at(where)
    with database.read() as connection:
        now = connection.exec_driver_sql(clock).scalar_one()
        expires = connection.execute(sa.select(table.c.expires_us)).scalar_one()
    database.close()
    assert abs(expires / 1e6 - now - LONG) < 60


def test_the_role_of_the_application_suffices(postgres_where: sa.URL) -> None:
    leases = Leases(postgres_where)
    assert leases.take("leader", "a", LONG)
    leases.close()
    with (
        psycopg.connect(postgres_where.render_as_string(hide_password=False)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("TRUNCATE aslo_log.leases")
