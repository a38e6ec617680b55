"""A loop turns at each tick and when poked, whatever a turn raises, until it is stopped."""

from __future__ import annotations

import queue
import threading

from structlog.typing import EventDict

from aslo_core.jobs.loop import Loop
from aslo_core.log import LogUnavailable

NEVER_S = 3600.0
PATIENCE_S = 30


class Turns:
    """Counts turns; each one waits until it is let go."""

    def __init__(self) -> None:
        self.begun: queue.Queue[int] = queue.Queue()
        self.go_on = threading.Semaphore(0)
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        self.begun.put(self.count)
        assert self.go_on.acquire(timeout=PATIENCE_S)

    def next(self) -> int:
        return self.begun.get(timeout=PATIENCE_S)


def stopped(loop: Loop) -> bool:
    loop.stop(PATIENCE_S)
    return not any(thread.name == "test-loop" for thread in threading.enumerate())


def test_turns_once_at_the_start():
    turns = Turns()
    loop = Loop("test-loop", turns, NEVER_S)
    loop.start()
    assert turns.next() == 1
    turns.go_on.release()
    assert stopped(loop)
    assert turns.count == 1


def test_turns_when_poked():
    turns = Turns()
    loop = Loop("test-loop", turns, NEVER_S)
    loop.start()
    turns.go_on.release(2)
    turns.next()
    loop.poke()
    assert turns.next() == 2
    assert stopped(loop)


def test_turns_once_more_when_poked_in_the_midst_of_a_turn_and_then_waits():
    turns = Turns()
    loop = Loop("test-loop", turns, NEVER_S)
    loop.start()
    turns.next()
    for _ in range(5):
        loop.poke()
    turns.go_on.release()
    assert turns.next() == 2
    loop.stop(0)
    turns.go_on.release(10)
    assert stopped(loop)
    assert turns.count == 2


def test_does_not_turn_unless_poked():
    counted = threading.Semaphore(0)
    loop = Loop("test-loop", counted.release, NEVER_S)
    loop.start()
    for _ in range(3):
        assert counted.acquire(timeout=PATIENCE_S)
        assert not counted.acquire(timeout=0.05)
        loop.poke()
    assert counted.acquire(timeout=PATIENCE_S)
    assert stopped(loop)


def test_turns_that_may_be_apart_are():
    counted = threading.Semaphore(0)
    loop = Loop("test-loop", counted.release, NEVER_S, apart=NEVER_S)
    loop.start()
    assert counted.acquire(timeout=PATIENCE_S)
    loop.poke()
    assert not counted.acquire(timeout=0.05)
    assert stopped(loop)


def test_what_it_was_poked_for_meanwhile_is_done_after_the_pause():
    counted = threading.Semaphore(0)
    loop = Loop("test-loop", counted.release, NEVER_S, apart=0.001)
    loop.start()
    for _ in range(3):
        assert counted.acquire(timeout=PATIENCE_S)
        loop.poke()
    assert stopped(loop)


def test_turns_at_each_tick():
    counted = threading.Semaphore(0)
    loop = Loop("test-loop", counted.release, 0.001)
    loop.start()
    for _ in range(20):
        assert counted.acquire(timeout=PATIENCE_S)
    assert stopped(loop)


def test_goes_on_after_a_turn_that_raised(logs: list[EventDict]):
    reached: queue.Queue[int] = queue.Queue()
    count = iter(range(1, 100))

    def turn() -> None:
        number = next(count)
        reached.put(number)
        if number < 3:
            raise ZeroDivisionError("by zero")

    loop = Loop("test-loop", turn, 0.001)
    loop.start()
    while reached.get(timeout=PATIENCE_S) < 3:
        pass
    assert stopped(loop)
    assert [(entry["event"], entry["loop"]) for entry in logs] == [("loop.turn_failed", "test-loop")] * 2


def test_ends_after_the_present_turn():
    turns = Turns()
    loop = Loop("test-loop", turns, 0.001)
    loop.start()
    turns.next()
    loop.stop(0)
    turns.go_on.release(10)
    assert stopped(loop)
    assert turns.count == 1


def test_can_be_stopped_before_it_was_started():
    turns = Turns()
    loop = Loop("test-loop", turns, NEVER_S)
    loop.stop(PATIENCE_S)
    loop.start()
    assert stopped(loop)
    assert turns.count == 0


def test_a_log_that_is_away_is_no_fault_of_the_program(logs: list[EventDict]):
    turned = threading.Semaphore(0)

    def turn() -> None:
        turned.release()
        raise LogUnavailable("the log is away")

    loop = Loop("test-loop", turn, NEVER_S)
    loop.start()
    assert turned.acquire(timeout=PATIENCE_S)
    assert stopped(loop)
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("loop.log_unavailable", "warning")]
