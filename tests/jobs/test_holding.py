"""A lease that is held as long as its process lives, by real leases and a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.typing import EventDict

from aslo_core.jobs.holding import Holding, unique_name
from aslo_core.log import LogUnavailable
from aslo_core.log.leases import Leases
from aslo_core.log.migrations import upgrade

SECONDS = 8.0


class Steady:
    """A clock in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Failing(Leases):
    """Leases of a database that can go away."""

    away = False

    def take(self, name: str, holder: str, seconds: float) -> bool:
        if self.away:
            raise LogUnavailable("the disk is full")
        return super().take(name, holder, seconds)

    def give_back(self, name: str, holder: str) -> None:
        if self.away:
            raise LogUnavailable("the disk is full")
        super().give_back(name, holder)


@pytest.fixture
def leases(tmp_path: Path) -> Iterator[Failing]:
    upgrade(tmp_path / "log.db")
    made = Failing(tmp_path / "log.db")
    yield made
    made.close()


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def holding(leases: Failing, steady: Steady) -> Holding:
    return Holding(leases, "conductor", "a", SECONDS, steady)


def told(logs: list[EventDict]) -> list[str]:
    return [entry["event"] for entry in logs]


def test_nothing_is_held_before_the_first_turn(holding: Holding):
    assert not holding.held


def test_it_is_held_from_turn_to_turn_and_told_once(holding: Holding, steady: Steady, logs: list[EventDict]):
    for _ in range(5):
        holding.turn()
        steady.now += SECONDS - 0.1
        assert holding.held
    assert told(logs) == ["lease.taken"]


def test_who_was_stopped_for_longer_than_it_lasts_knows_that_it_may_be_lost(holding: Holding, steady: Steady):
    holding.turn()
    steady.now += SECONDS
    assert not holding.held


def test_a_successor_is_found_out_at_the_next_turn(holding: Holding, leases: Failing, steady: Steady, logs: list[EventDict]):
    holding.turn()
    leases.void()
    leases.take("conductor", "b", SECONDS)
    holding.turn()
    assert not holding.held
    assert told(logs) == ["lease.taken", "lease.lost"]


def test_what_the_database_took_to_answer_counts(leases: Failing, tmp_path: Path, steady: Steady):
    """It counts from its own moment, which is later than when it was asked: who asked is never the last to know."""

    class Slow(Failing):
        def take(self, name: str, holder: str, seconds: float) -> bool:
            steady.now += 5
            return super().take(name, holder, seconds)

    slow = Slow(tmp_path / "log.db")
    holding = Holding(slow, "conductor", "a", SECONDS, steady)
    holding.turn()
    steady.now += 3
    assert not holding.held
    slow.close()


def test_a_database_that_is_away_for_a_moment_takes_nothing_from_anybody(
    holding: Holding, leases: Failing, steady: Steady, logs: list[EventDict]
):
    holding.turn()
    leases.away = True
    steady.now += SECONDS / 2
    holding.turn()
    assert holding.held
    steady.now += SECONDS / 2
    holding.turn()
    assert not holding.held
    leases.away = False
    holding.turn()
    assert holding.held
    assert told(logs) == ["lease.taken", "lease.not_renewed", "lease.not_renewed", "lease.lost", "lease.taken"]


def test_what_ends_is_free_at_once(holding: Holding, leases: Failing):
    holding.turn()
    holding.end()
    assert not holding.held
    assert leases.take("conductor", "b", SECONDS)


def test_an_end_without_a_database_is_told_and_ends(holding: Holding, leases: Failing, logs: list[EventDict]):
    holding.turn()
    leases.away = True
    holding.end()
    assert not holding.held
    assert told(logs)[-1] == "lease.not_given_back"


def test_no_two_starts_have_one_name():
    assert unique_name() != unique_name()
