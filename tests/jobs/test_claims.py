"""Claims of workers that are gone are given up, and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.jobs.claims import DeadClaims, HeldClaim
from aslo_core.log import EventLog, LogUnavailable
from aslo_core.projections import Views, releases
from aslo_core.projections.engine import Projector
from aslo_core.release import commands as c
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.state import ReleaseState
from aslo_core.testing import values
from aslo_core.testing.going_well import Made, announce, done
from aslo_core.types import Announcement

FIRST, SECOND = values.announcement("1"), values.announcement("2")
OWN = "here"
CAUSE = e.Cause(source="test", actor="test")


@dataclass
class Floor:
    """Releases at work: what the log knows, and which ones really are worked on."""

    desk: ReleaseDesk
    projector: Projector
    views: Views
    living: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.claims = self.looking_after(self.desk)

    def looking_after(self, desk: ReleaseDesk, claimed: Callable[[], list[HeldClaim]] | None = None) -> DeadClaims:
        return DeadClaims(desk, claimed or self.claimed, lambda: self.living, OWN)

    def claimed(self) -> list[HeldClaim]:
        self.projector.catch_up()
        with self.views.snapshot() as connection:
            return [HeldClaim(row.stream, row.attempt, row.worker) for row in releases.claimed(connection)]

    def claim(self, release: Announcement, worker: str = "there") -> int:
        if self.state(release).run == 0:
            self.desk.handle(release.stream, announce(release), cause=CAUSE)
        return self.desk.handle(release.stream, c.Claim(worker=worker, now_us=10**18), cause=CAUSE).attempt

    def finish(self, release: Announcement) -> None:
        self.desk.handle(release.stream, done(self.state(release), Made()), cause=CAUSE)

    def state(self, release: Announcement) -> ReleaseState:
        return self.desk.load(release.stream)


def loud(logs: list[EventDict]) -> list[EventDict]:
    return [entry for entry in logs if entry["log_level"] != "info"]


@pytest.fixture
def floor(log: EventLog, projector: Projector, views: Views) -> Floor:
    return Floor(ReleaseDesk(log), projector, views)


def test_views_that_lag_behind_give_up_nothing_that_has_ended(floor: Floor, logs: list[EventDict]):
    floor.claim(FIRST)
    stale = floor.claimed()
    floor.finish(FIRST)
    floor.looking_after(floor.desk, lambda: stale).turn()
    assert floor.state(FIRST).failures == ()
    assert loud(logs) == []


def test_a_claim_of_a_worker_elsewhere_that_lives_is_left_alone(floor: Floor):
    floor.living.add("there")
    floor.claim(FIRST)
    for _ in range(3):
        floor.claims.turn()
    assert floor.state(FIRST).claimed == "fetch"


def test_a_claim_of_a_worker_elsewhere_that_is_not_heard_of_is_given_up(floor: Floor, log: EventLog, logs: list[EventDict]):
    floor.living.add("another")
    floor.claim(FIRST)
    floor.claims.turn()
    last = list(log.read(FIRST.stream))[-1]
    assert last.event == e.StepAbandoned(attempt=1, step="fetch", reason="its worker is not heard of any more")
    assert last.cause.source == "conductor"
    assert [(entry["event"], entry["attempt"]) for entry in loud(logs)] == [("claim.given_up", 1)]


def test_the_worker_of_this_process_looks_after_its_own_claims(floor: Floor):
    """Its lease may have expired while the process was stopped, and it goes on with what it was at."""
    floor.claim(FIRST, OWN)
    floor.claims.turn()
    assert floor.state(FIRST).claimed == "fetch"


def test_a_worker_that_claims_while_the_claims_are_read_is_known_to_live(floor: Floor):
    """Its lease is older than its claim: leases are read last."""
    floor.claim(FIRST)

    def claimed() -> list[HeldClaim]:
        found = floor.claimed()
        floor.living.add("there")
        return found

    floor.looking_after(floor.desk, claimed).turn()
    assert floor.state(FIRST).claimed == "fetch"


def test_a_process_that_knows_to_be_alone_gives_up_all_at_once(floor: Floor, log: EventLog):
    floor.claim(FIRST)
    floor.claim(SECOND)
    assert floor.claims.give_up_all() == 2
    assert floor.claimed() == []
    assert [list(log.read(one.stream))[-1].event for one in (FIRST, SECOND)] == [
        e.StepAbandoned(attempt=1, step="fetch", reason="the process that held it is gone")
    ] * 2


class Refusing(ReleaseDesk):
    """A desk that cannot carry out anything for one release."""

    def __init__(self, log: EventLog, stream: str, error: Exception) -> None:
        super().__init__(log)
        self._stream = stream
        self._error = error

    def load(self, stream: str) -> ReleaseState:
        if stream == self._stream:
            raise self._error
        return super().load(stream)


@pytest.mark.parametrize("give_up", [DeadClaims.turn, DeadClaims.give_up_all])
def test_one_that_cannot_be_given_up_holds_up_no_other(
    floor: Floor, log: EventLog, give_up: Callable[[DeadClaims], object], logs: list[EventDict]
):
    floor.claim(FIRST)
    floor.claim(SECOND)
    desk = Refusing(log, FIRST.stream, LookupError("event type 'x.y' version 9 is unknown"))
    give_up(floor.looking_after(desk))
    assert (floor.state(FIRST).claimed, floor.state(SECOND).claimed) == ("fetch", None)
    assert [entry["event"] for entry in loud(logs)] == ["claim.not_given_up", "claim.given_up"]


def test_a_log_that_cannot_be_written_is_told(floor: Floor, log: EventLog):
    floor.claim(FIRST)
    claims = floor.looking_after(Refusing(log, FIRST.stream, LogUnavailable("the disk is full")))
    with pytest.raises(LogUnavailable):
        claims.turn()
