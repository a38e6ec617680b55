"""The dispatcher keeps a small window of messages in the broker, gives each owner its turn, and loses no message for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest
from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.jobs.dispatcher import Dispatcher
from aslo_core.projections import Projector, Views
from aslo_core.release.pressure import Kind, Pause, Reason
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from aslo_core.types import Announcement


class Clock(Protocol):
    def __call__(self) -> int: ...
    def goes_on(self, seconds: float) -> None: ...


WORKERS = 2


def release(name: str) -> Announcement:
    """A release by its owner and number, as in `ada/1`."""
    owner, number = name.split("/")
    return values.announcement(number, of=values.repository(id_=owner, owner=owner))


def paused(*kinds: Kind) -> Pause:
    return Pause(reasons=tuple(Reason(kind=kind, about="", words="because") for kind in kinds))


class Bell:
    """Releases in a real log, and what was rung for."""

    def __init__(self, story: Story, projector: Projector, views: Views, clock: Callable[[], int]) -> None:
        self.cap = 99
        self.away = False
        self.pause = Pause()
        self._story = story
        self._projector = projector
        self._names: dict[str, str] = {}
        self._rung: list[str] = []
        self._dispatcher = Dispatcher(
            views.snapshot, self._ring, workers=WORKERS, cap=lambda: self.cap, pause=lambda: self.pause, clock=clock
        )

    def announced(self, *names: str, trigger: str = "published") -> None:
        for name in names:
            self._story.announced(release(name), trigger)
            self._names[release(name).stream] = name

    def taken(self, *names: str) -> None:
        """A worker takes up the next step."""
        for name in names:
            self._story.claimed(release(name), "fetch")

    def did_a_step(self, name: str) -> None:
        self._story.fetched(release(name), Made())

    def failed(self, name: str, step: str = "fetch") -> None:
        """A step failed, and is to be repeated at once."""
        attempt = self._story.claimed(release(name), step)
        failed = e.StepFailed(attempt=attempt, step=step, kind="transient", error="away", retry_at_us=0)
        self._story.happened(release(name).stream, failed)

    def ended(self, *names: str) -> None:
        for name in names:
            self._story.happened(release(name).stream, e.ReleaseCancelled(by="aslo", reason="enough"))

    def turn(self) -> list[str]:
        """One turn; returns what was rung for in it."""
        self._projector.catch_up()
        before = len(self._rung)
        self._dispatcher.turn()
        return self._rung[before:]

    def _ring(self, stream: str) -> None:
        if self.away:
            raise ConnectionRefusedError("nobody listens there")
        self._rung.append(self._names[stream])


@pytest.fixture
def bell(story: Story, projector: Projector, views: Views, clock: Clock) -> Bell:
    return Bell(story, projector, views, clock)


# --- turns ---------------------------------------------------------------------------------------------------------------


def test_rings_for_one_owner_in_the_order_in_which_its_releases_are_due(bell: Bell) -> None:
    bell.announced("ada/2", "ada/1")
    assert bell.turn() == ["ada/2", "ada/1"]


def test_rings_for_one_of_each_owner_before_a_second_of_anybody(bell: Bell) -> None:
    bell.announced("ada/1", "ada/2", "ada/3", "bob/1", "eve/1")
    assert bell.turn() == ["ada/1", "bob/1", "eve/1", "ada/2"]


def test_what_an_owner_has_at_work_are_turns_that_it_has_had(bell: Bell) -> None:
    bell.announced("ada/1", "ada/2", "ada/3", "bob/1", "bob/2")
    bell.taken("ada/1")
    assert bell.turn() == ["bob/1", "bob/2", "ada/2", "ada/3"]


def test_who_was_served_longest_ago_is_first(bell: Bell) -> None:
    bell.announced("ada/1", "bob/1", "ada/2", "bob/2")
    bell.taken("bob/1", "ada/1")
    bell.ended("ada/1", "bob/1")
    assert bell.turn() == ["bob/2", "ada/2"]


def test_what_was_asked_for_by_hand_is_first(bell: Bell) -> None:
    bell.announced("ada/1", "bob/1")
    bell.announced("ada/2", trigger="retry")
    bell.announced("ada/3", trigger="submitted")
    assert bell.turn() == ["ada/2", "ada/3", "bob/1", "ada/1"]


def test_no_more_of_an_owner_is_at_work_than_its_cap(bell: Bell) -> None:
    bell.cap = 2
    bell.announced("ada/1", "ada/2", "ada/3", "ada/4")
    bell.taken("ada/1")
    assert bell.turn() == ["ada/2"]
    assert bell.turn() == []
    bell.taken("ada/2")
    assert bell.turn() == []
    bell.ended("ada/1")
    assert bell.turn() == ["ada/3"]


def test_what_is_under_way_goes_on_whatever_the_cap(bell: Bell) -> None:
    bell.announced("ada/1", "ada/2")
    bell.did_a_step("ada/1")
    bell.did_a_step("ada/2")
    bell.cap = 1
    assert bell.turn() == ["ada/1", "ada/2"]


def test_a_release_that_failed_takes_a_turn_again(bell: Bell) -> None:
    bell.cap = 1
    bell.announced("ada/1", "ada/2")
    bell.failed("ada/1")
    bell.taken("ada/2")
    assert bell.turn() == []
    bell.ended("ada/2")
    assert bell.turn() == ["ada/1"]


# --- messages ------------------------------------------------------------------------------------------------------------


def test_rings_once_for_each(bell: Bell) -> None:
    bell.announced("ada/1", "bob/1")
    bell.turn()
    assert bell.turn() == []


def test_keeps_to_the_window(bell: Bell) -> None:
    bell.announced("ada/1", "ada/2", "ada/3", "ada/4", "ada/5")
    assert bell.turn() == ["ada/1", "ada/2", "ada/3", "ada/4"]
    assert bell.turn() == []


def test_goes_on_as_soon_as_one_is_taken(bell: Bell) -> None:
    bell.announced("ada/1", "ada/2", "ada/3", "ada/4", "ada/5")
    bell.turn()
    bell.taken("ada/2")
    assert bell.turn() == ["ada/5"]


def test_rings_again_for_one_that_is_due_again(bell: Bell) -> None:
    bell.announced("ada/1")
    bell.turn()
    bell.taken("ada/1")
    bell.turn()
    bell.failed("ada/1")
    assert bell.turn() == ["ada/1"]


def test_takes_a_message_that_led_to_nothing_for_lost(bell: Bell, clock: Clock) -> None:
    bell.announced("ada/1")
    bell.turn()
    clock.goes_on(9.9)
    assert bell.turn() == []
    clock.goes_on(0.1)
    assert bell.turn() == ["ada/1"]


def test_a_message_that_nobody_is_free_to_hear_is_not_lost(bell: Bell, clock: Clock) -> None:
    """Else the broker would fill up while all are busy, and be first in, first out, whoever comes meanwhile."""
    bell.cap = 2
    bell.announced("ada/1", "ada/2", "ada/3", "ada/4")
    bell.taken("ada/1")
    bell.announced("bob/1")
    bell.taken("bob/1")
    assert bell.turn() == ["ada/2"]
    for _ in range(30):
        clock.goes_on(9)
        assert bell.turn() == []
    bell.ended("bob/1")
    clock.goes_on(9)
    assert bell.turn() == []
    clock.goes_on(1)
    assert bell.turn() == ["ada/3"]


def test_rings_ever_more_rarely_so_that_a_slow_broker_is_not_flooded(bell: Bell, clock: Clock) -> None:
    bell.announced("ada/1")
    times = []
    for second in range(0, 1500, 10):
        if bell.turn():
            times.append(second)
        clock.goes_on(10)
    assert times == [0, 10, 30, 70, 150, 310, 630, 950, 1270]


def test_those_rung_for_in_vain_do_not_keep_the_window_from_others(bell: Bell, clock: Clock) -> None:
    """A release whose events cannot be read stays due and first in line for ever."""
    bell.announced("ada/1", "ada/2", "ada/3", "ada/4", "ada/5", "ada/6")
    assert bell.turn() == ["ada/1", "ada/2", "ada/3", "ada/4"]
    clock.goes_on(10)
    assert bell.turn() == ["ada/5", "ada/6", "ada/1", "ada/2"]


def test_those_rung_for_in_vain_keep_to_the_cap(bell: Bell, clock: Clock) -> None:
    bell.cap = 1
    bell.announced("ada/1", "ada/2")
    assert bell.turn() == ["ada/1"]
    clock.goes_on(10)
    assert bell.turn() == ["ada/2"]
    clock.goes_on(10)
    assert bell.turn() == ["ada/1"]


def test_a_clock_that_is_set_back_silences_nobody(bell: Bell, clock: Clock) -> None:
    bell.announced("ada/1", "ada/2", "ada/3")
    bell.turn()
    clock.goes_on(-3600)
    assert bell.turn() == ["ada/1", "ada/2", "ada/3"]


def test_a_broker_that_is_away_is_tried_at_the_next_turn(bell: Bell, logs: list[EventDict]) -> None:
    bell.announced("ada/1", "ada/2")
    bell.away = True
    assert bell.turn() == []
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == ["broker.away"]
    bell.away = False
    assert bell.turn() == ["ada/1", "ada/2"]


# --- pauses --------------------------------------------------------------------------------------------------------------


def three_kinds(bell: Bell) -> None:
    """One that is new, one that failed, one that is under way."""
    bell.announced("ada/new", "bob/failed", "eve/begun")
    bell.failed("bob/failed")
    bell.did_a_step("eve/begun")


def test_with_little_room_only_what_is_under_way_goes_on_until_there_is_more(bell: Bell) -> None:
    three_kinds(bell)
    bell.pause = paused("disk", "storage")
    assert bell.turn() == ["eve/begun"]
    bell.pause = Pause()
    assert bell.turn() == ["ada/new", "bob/failed"]


def test_while_the_log_cannot_be_written_nobody_is_rung_for(bell: Bell) -> None:
    three_kinds(bell)
    bell.pause = paused("log")
    assert bell.turn() == []


def test_while_a_storage_fails_one_new_release_a_minute_finds_out_whether_it_is_back(bell: Bell, clock: Clock) -> None:
    three_kinds(bell)
    bell.announced("ada/newer")
    bell.pause = paused("storage")
    assert bell.turn() == ["eve/begun", "bob/failed"]
    bell.taken("bob/failed", "eve/begun")
    clock.goes_on(59)
    assert bell.turn() == []
    clock.goes_on(1)
    assert bell.turn() == ["ada/new"]
    assert bell.turn() == []
    bell.taken("ada/new")
    clock.goes_on(59)
    assert bell.turn() == []
    clock.goes_on(1)
    assert bell.turn() == ["ada/newer"]
