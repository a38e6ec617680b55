"""A clock that is set back holds up no work."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.log import Entry, EventLog
from aslo_core.release.clock import LogClock, wall_clock

SECOND = 1_000_000
HOUR = 3600 * SECOND


@dataclass
class Times:
    """What the two clocks of a machine and the log's newest event say."""

    wall: int = 10 * HOUR
    steady: int = 5
    newest: int = 0

    def goes_on(self, us: int) -> None:
        self.wall += us
        self.steady += us


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def clock(times: Times) -> LogClock:
    return LogClock(lambda: times.newest, lambda: times.wall, lambda: times.steady)


def test_a_clock_that_is_right_is_the_time(clock: LogClock, times: Times, logs: list[EventDict]):
    times.newest = times.wall - HOUR
    assert clock() == times.wall
    times.goes_on(HOUR)
    assert clock() == times.wall
    assert not logs


def test_one_that_was_set_back_before_the_start_goes_on_from_the_logs_time(
    clock: LogClock, times: Times, logs: list[EventDict]
):
    times.newest = times.wall + 2 * HOUR
    assert clock() == times.newest
    times.goes_on(30 * SECOND)
    assert clock() == times.newest + 30 * SECOND  # what waits for a while is due after that while
    assert [(said["event"], said["seconds"]) for said in logs] == [("clock.behind", 7200.0)]


def test_one_that_is_set_back_meanwhile_goes_on_as_if_it_were_not(clock: LogClock, times: Times, logs: list[EventDict]):
    before = times.newest = clock()
    times.wall -= 3 * HOUR
    times.goes_on(SECOND)
    assert clock() == before + SECOND
    assert [said["event"] for said in logs] == ["clock.behind"]


def test_another_time_it_is_told_again(clock: LogClock, times: Times, logs: list[EventDict]):
    for _ in range(2):
        times.newest = times.wall + HOUR
        clock()
        times.goes_on(2 * HOUR)
        clock()
    assert [said["event"] for said in logs] == ["clock.behind"] * 2


def test_clocks_of_several_machines_are_never_quite_alike(clock: LogClock, times: Times, logs: list[EventDict]):
    times.newest = times.wall + SECOND // 2
    assert clock() == times.newest
    assert not logs


def test_whatever_the_log_has_got_is_due(log: EventLog, logs: list[EventDict]):
    nothing = LogClock(log.newest_us, wall=lambda: HOUR)
    assert nothing() == HOUR
    entry = Entry("delivery/a", e.DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=0))
    (recorded,) = log.append([entry], cause=e.Cause(source="test", actor="test")).events
    assert HOUR < recorded.recorded_us <= wall_clock()
    assert LogClock(log.newest_us, wall=lambda: HOUR)() == recorded.recorded_us
    assert [said["event"] for said in logs] == ["clock.behind"]


def test_an_estimate_asks_no_log_and_is_not_behind_what_was_said(times: Times):
    asked = 0

    def newest() -> int:
        nonlocal asked
        asked += 1
        return times.newest

    clock = LogClock(newest, lambda: times.wall, lambda: times.steady)
    assert clock.estimate() == times.wall
    times.newest = times.wall + HOUR
    assert clock() == times.newest
    times.goes_on(SECOND)
    assert clock.estimate() == times.newest + SECOND
    times.wall += 2 * HOUR
    assert clock.estimate() == times.wall
    assert asked == 1
