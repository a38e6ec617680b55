"""Builders that keep something outside are seen to, and one that cannot work now hinders no other."""

from __future__ import annotations

from dataclasses import dataclass, field

from structlog.testing import capture_logs

from aslo_core.api import BuildRequest, Isolation, LogSink, Toolchain, Transient
from aslo_core.jobs.tending import Tending


@dataclass
class Plain:
    """A builder that keeps nothing."""

    isolation: Isolation = field(default_factory=lambda: Isolation(level="process", detail="none"))
    toolchain: Toolchain = field(default_factory=lambda: Toolchain(name="t", version="1"))

    def build(self, request: BuildRequest, log: LogSink) -> None:
        raise AssertionError("nothing is built here")


@dataclass
class Kept(Plain):
    """A builder that keeps something, and may be unable to."""

    away: bool = False
    tended: int = 0
    closed: int = 0

    def tend(self) -> None:
        if self.away:
            raise Transient("no daemon answers: start it")
        self.tended += 1

    def close(self) -> None:
        self.closed += 1


def test_each_is_seen_to_and_one_that_cannot_work_is_told() -> None:
    first, second = Kept(away=True), Kept()
    with capture_logs() as said:
        Tending(lambda: {"first": first, "plain": Plain(), "second": second}).turn()
    assert second.tended == 1
    assert [(entry["event"], entry["builder"], entry["error"]) for entry in said] == [
        ("builder.cannot_build", "first", "no daemon answers: start it")
    ]


def test_all_are_closed() -> None:
    first, second = Kept(away=True), Kept()
    Tending(lambda: {"first": first, "plain": Plain(), "second": second}).close()
    assert (first.closed, second.closed) == (1, 1)


def test_what_is_in_force_no_more_is_closed_once_and_what_came_is_seen_to() -> None:
    gone, stays, new = Kept(), Kept(), Kept()
    in_force = {"first": gone, "second": stays}
    tending = Tending(lambda: in_force)
    tending.turn()
    in_force = {"first": new, "second": stays}
    tending.turn()
    tending.turn()
    tending.close()
    assert [(one.tended, one.closed) for one in (gone, stays, new)] == [(1, 1), (3, 1), (2, 1)]
