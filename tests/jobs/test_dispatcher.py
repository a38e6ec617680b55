"""The dispatcher keeps a small window of messages in the broker, and loses none for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pytest
from structlog.typing import EventDict

from aslo_core.jobs.dispatcher import Dispatcher


class Clock(Protocol):
    def __call__(self) -> int: ...
    def goes_on(self, seconds: float) -> None: ...


class Bell:
    """What is due, and what was rung for."""

    def __init__(self, clock: Clock, window: int) -> None:
        self.due: list[str] = []
        self.asked: list[int] = []
        self.rung: list[str] = []
        self.away = False
        self.dispatcher = Dispatcher(self._due, self._ring, window, clock)

    def turn(self) -> list[str]:
        """One turn; returns what was rung for in it."""
        before = len(self.rung)
        self.dispatcher.turn()
        return self.rung[before:]

    def _due(self, now_us: int) -> Sequence[str]:
        self.asked.append(now_us)
        return tuple(self.due)

    def _ring(self, stream: str) -> None:
        if self.away:
            raise ConnectionRefusedError("nobody listens there")
        self.rung.append(stream)


@pytest.fixture
def bell(clock: Clock) -> Bell:
    return Bell(clock, window=3)


def test_rings_in_the_order_in_which_releases_are_due(bell: Bell, clock: Clock):
    bell.due = ["b", "a"]
    assert bell.turn() == ["b", "a"]
    assert bell.asked == [clock()]


def test_rings_once_for_each(bell: Bell):
    bell.due = ["a", "b"]
    bell.turn()
    assert bell.turn() == []


def test_keeps_to_the_window(bell: Bell):
    bell.due = ["a", "b", "c", "d", "e"]
    assert bell.turn() == ["a", "b", "c"]
    assert bell.turn() == []


def test_goes_on_as_soon_as_one_is_taken(bell: Bell):
    bell.due = ["a", "b", "c", "d", "e"]
    bell.turn()
    bell.due.remove("b")
    assert bell.turn() == ["d"]


def test_rings_again_for_one_that_is_due_again(bell: Bell):
    bell.due = ["a"]
    bell.turn()
    bell.due = []
    bell.turn()
    bell.due = ["a"]
    assert bell.turn() == ["a"]


def test_takes_a_message_that_led_to_nothing_for_lost(bell: Bell, clock: Clock):
    bell.due = ["a"]
    bell.turn()
    clock.goes_on(9.9)
    assert bell.turn() == []
    clock.goes_on(0.1)
    assert bell.turn() == ["a"]


def test_rings_ever_more_rarely_so_that_a_slow_broker_is_not_flooded(bell: Bell, clock: Clock):
    bell.due = ["a"]
    times = []
    for second in range(1500):
        if bell.turn():
            times.append(second)
        clock.goes_on(1)
    assert times == [0, 10, 30, 70, 150, 310, 630, 950, 1270]


def test_those_rung_for_in_vain_do_not_keep_the_window_from_others(bell: Bell, clock: Clock):
    """A release whose events cannot be read stays due and first in line for ever."""
    bell.due = ["bad1", "bad2", "bad3", "good1", "good2"]
    assert bell.turn() == ["bad1", "bad2", "bad3"]
    clock.goes_on(10)
    assert bell.turn() == ["good1", "good2", "bad1"]


def test_a_clock_that_is_set_back_silences_nobody(bell: Bell, clock: Clock):
    bell.due = ["a", "b", "c"]
    bell.turn()
    clock.goes_on(-3600)
    assert bell.turn() == ["a", "b", "c"]


def test_a_broker_that_is_away_is_tried_at_the_next_turn(bell: Bell, logs: list[EventDict]):
    bell.due = ["a", "b"]
    bell.away = True
    assert bell.turn() == []
    assert [(entry["event"], entry["due"]) for entry in logs] == [("broker.away", 2)]
    bell.away = False
    assert bell.turn() == ["a", "b"]
