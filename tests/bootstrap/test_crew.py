"""Who is wanted works, who is wanted no more ends after the present turn, and no two of one name work at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from structlog.typing import EventDict

from aslo_core.bootstrap.crew import Crew
from aslo_core.jobs.loop import Loop

PATIENCE_S = 30.0


@dataclass
class Desk:
    """What one name works at: each turn waits until it may end, and how many do so at once is counted."""

    name: str
    began: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    may_end: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    hired: int = 0
    at_once: int = 0
    most: int = 0

    def make(self) -> Loop:
        self.hired += 1
        return Loop(self.name, self.turn, PATIENCE_S)

    def turn(self) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.began.release()
        assert self.may_end.acquire(timeout=PATIENCE_S)
        self.at_once -= 1
        self.ended.release()


@contextmanager
def working(crew: Crew, *desks: Desk) -> Iterator[None]:
    crew.start()
    try:
        yield
    finally:
        for desk in desks:
            desk.may_end.release(100)
        crew.stop(PATIENCE_S)


def test_one_that_is_gone_ends_its_turn_and_others_come() -> None:
    old, new = Desk("old"), Desk("new")
    wanted = {"old": old.make}
    crew = Crew(lambda: wanted)
    with working(crew, old, new):
        assert old.began.acquire(timeout=PATIENCE_S)
        wanted = {"new": new.make}
        crew.look()
        assert new.began.acquire(timeout=PATIENCE_S)
        assert old.at_once == 1
        old.may_end.release()
        assert old.ended.acquire(timeout=PATIENCE_S)
        crew.poke()
    assert (old.hired, new.hired) == (1, 1)


def test_one_that_comes_back_waits_for_the_end_of_its_predecessor() -> None:
    one, other, third = Desk("one"), Desk("other"), Desk("third")
    wanted = {"one": one.make}
    crew = Crew(lambda: wanted)
    with working(crew, one, other, third):
        assert one.began.acquire(timeout=PATIENCE_S)
        wanted = {"other": other.make}
        crew.look()
        assert other.began.acquire(timeout=PATIENCE_S)
        wanted = {"one": one.make, "third": third.make}
        crew.look()
        assert third.began.acquire(timeout=PATIENCE_S)
        assert one.hired == 1
        one.may_end.release()
        assert one.began.acquire(timeout=PATIENCE_S)
    assert (one.hired, one.most) == (2, 1)


def test_nobody_comes_after_the_end() -> None:
    desk = Desk("late")
    crew = Crew(lambda: {"late": desk.make})
    crew.stop(0)
    crew.start()
    crew.stop(PATIENCE_S)
    assert desk.hired == 0


def test_one_that_cannot_be_started_keeps_nobody_else_from_it_and_is_tried_again(logs: list[EventDict]) -> None:
    fails, others = Desk("b"), [Desk("a"), Desk("c")]
    tried = threading.Semaphore(0)

    def refuse() -> Loop:
        tried.release()
        raise RuntimeError("can't start new thread")

    wanted = {desk.name: desk.make for desk in others} | {fails.name: refuse}
    crew = Crew(lambda: wanted)
    with working(crew, fails, *others):
        for desk in others:
            assert desk.began.acquire(timeout=PATIENCE_S)
        assert tried.acquire(timeout=PATIENCE_S)
        crew.look()
        assert tried.acquire(timeout=PATIENCE_S)
        wanted = {**wanted, fails.name: fails.make}
        crew.look()
        assert fails.began.acquire(timeout=PATIENCE_S)
    assert [desk.hired for desk in (fails, *others)] == [1, 1, 1]
    assert {entry["name"] for entry in logs if entry["event"] == "crew.not_started"} == {"b"}
