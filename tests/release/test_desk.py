"""Commands meet a real log: from many threads at once, everything happens once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from aslo_core import events as e
from aslo_core.errors import AsloError, Conflict, Permanent, Transient
from aslo_core.log import Appended, Entry, EventLog, LogUnavailable
from aslo_core.release import commands as c
from aslo_core.release.activity import ActivityState, activity_stream
from aslo_core.release.decide import NothingDue, NotNow, StaleAttempt
from aslo_core.release.desk import DoneBefore, ReleaseDesk
from aslo_core.release.state import ReleaseState
from aslo_core.testing import values
from aslo_core.testing.going_well import Made, announce, done
from aslo_core.types import Announcement

FIRST, SECOND = values.announcement("1"), values.announcement("2")
CAUSE = e.Cause(source="test", actor="test")
LATER = 10**18


@pytest.fixture
def desk(log: EventLog) -> ReleaseDesk:
    return ReleaseDesk(log)


def do(desk: ReleaseDesk, release: Announcement, command: c.Command) -> ReleaseState:
    return desk.handle(release.stream, command, cause=CAUSE)


def works(desk: ReleaseDesk, release: Announcement, made: Made, until: str = "") -> ReleaseState:
    state = desk.load(release.stream)
    while state.open:
        if state.claimed is None:
            state = do(desk, release, c.Claim(worker="w", now_us=LATER))
        if state.claimed == until:
            return state
        state = do(desk, release, done(state, made))
    return state


def at_once(*tasks: Callable[[], object]) -> list[object]:
    """Run all at the same moment; what one raises stands in its place."""
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], object]) -> object:
        start.wait(30)
        try:
            return task()
        except AsloError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def names(log: EventLog, stream: str) -> list[str]:
    return [recorded.event.event_name for recorded in log.read(stream) if recorded.event]


def test_of_many_claims_at_once_one_wins(log: EventLog, desk: ReleaseDesk):
    do(desk, FIRST, announce(FIRST))
    outcomes = at_once(*[lambda: do(desk, FIRST, c.Claim(worker="w", now_us=LATER))] * 8)
    assert Counter(type(outcome) for outcome in outcomes) == {ReleaseState: 1, NothingDue: 7}
    assert names(log, FIRST.stream) == ["release.announced", "step.claimed"]


def test_many_announcements_at_once_are_runs_one_after_the_other(log: EventLog, desk: ReleaseDesk):
    outcomes = at_once(*[lambda: do(desk, FIRST, announce(FIRST))] * 8)
    assert sorted(outcome.run for outcome in outcomes if isinstance(outcome, ReleaseState)) == list(range(1, 9))
    assert names(log, FIRST.stream) == ["release.announced", *["release.cancelled", "release.announced"] * 7]


def test_a_withdrawal_and_a_publication_at_once_leave_nothing_half_done(log: EventLog, desk: ReleaseDesk):
    do(desk, FIRST, announce(FIRST))
    state = works(desk, FIRST, Made(), until="publish")
    withdraw = c.Withdraw(by="ada", reason="a mistake", hold="host")
    at_once(lambda: do(desk, FIRST, withdraw), lambda: do(desk, FIRST, c.Publish(attempt=state.attempt)))
    told = names(log, activity_stream("org.example.Maze"))
    assert told in (["version.reserved", "version.freed"], ["version.reserved", "version.published", "version.withdrawn"])
    assert desk.load(FIRST.stream).ended == "withdrawn"


class TornDesk(ReleaseDesk):
    """A desk whose reading of a release and of its activity is torn apart by something that happens between the two."""

    def __init__(self, log: EventLog, between: Callable[[], object]) -> None:
        super().__init__(log)
        self._between = [between]

    def _activity(self, bundle_id: str) -> ActivityState:
        if self._between:
            self._between.pop()()
        return super()._activity(bundle_id)


def test_a_release_withdrawn_while_its_publication_is_decided(log: EventLog, desk: ReleaseDesk):
    """The reservation is gone then, which is no fault of ours but a claim that was lost."""
    do(desk, FIRST, announce(FIRST))
    state = works(desk, FIRST, Made(), until="publish")
    withdraw = c.Withdraw(by="ada", reason="a mistake", hold="host")
    torn = TornDesk(log, lambda: do(desk, FIRST, withdraw))
    with pytest.raises(StaleAttempt):
        do(torn, FIRST, c.Publish(attempt=state.attempt))


@pytest.mark.parametrize("second", [Made(), Made(content="two"), Made(version="1.0", content="two")])
def test_two_releases_reserve_one_version_at_once(log: EventLog, desk: ReleaseDesk, second: Made):
    for release, made in ((FIRST, Made()), (SECOND, second)):
        do(desk, release, announce(release))
        works(desk, release, made, until="reserve")

    def reserve(release: Announcement) -> ReleaseState:
        return do(desk, release, c.Reserve(attempt=desk.load(release.stream).attempt))

    outcomes = at_once(lambda: reserve(FIRST), lambda: reserve(SECOND))
    assert sorted(isinstance(outcome, Transient) for outcome in outcomes) == [False, True]
    assert names(log, activity_stream("org.example.Maze")) == ["version.reserved"]


def test_two_repositories_come_to_a_new_activity_at_once(log: EventLog, desk: ReleaseDesk):
    other = values.announcement("3", of=values.repository("2"))
    for release, made in ((FIRST, Made()), (other, Made(version="2"))):
        do(desk, release, announce(release))
        works(desk, release, made, until="reserve")

    def reserve(release: Announcement) -> ReleaseState:
        return do(desk, release, c.Reserve(attempt=desk.load(release.stream).attempt))

    at_once(lambda: reserve(FIRST), lambda: reserve(other))
    assert names(log, activity_stream("org.example.Maze")) == ["version.reserved"]


def test_an_operator_s_hold_and_another_release_s_publication_at_once(log: EventLog, desk: ReleaseDesk):
    do(desk, FIRST, announce(FIRST))
    works(desk, FIRST, Made())
    do(desk, SECOND, announce(SECOND))
    state = works(desk, SECOND, Made(), until="publish")
    withdraw = c.Withdraw(by="operator", reason="unsafe", hold="operator")
    at_once(lambda: do(desk, FIRST, withdraw), lambda: do(desk, SECOND, c.Publish(attempt=state.attempt)))
    told = names(log, activity_stream("org.example.Maze"))[3:]
    # Either the hold came first, and the publication was refused; or the second release had published the version for itself.
    assert told in (["version.withdrawn"], ["version.published"])


class Overtaken:
    """A real log in which somebody else appends just before each of the next appends."""

    def __init__(self, log: EventLog, others: Sequence[Callable[[], object]]) -> None:
        self._log = log
        self._others = list(others)
        self.read = log.read

    def append(
        self, entries: Sequence[Entry], *, cause: e.Cause, expect: Mapping[str, int] | None = None, key: str = ""
    ) -> Appended:
        if self._others:
            self._others.pop(0)()
        return self._log.append(entries, cause=cause, expect=expect, key=key)


def overtaken(log: EventLog, *others: Callable[[], object]) -> ReleaseDesk:
    return ReleaseDesk(Overtaken(log, others))  # type: ignore[arg-type]


def test_a_decision_that_was_overtaken_is_made_anew(log: EventLog, desk: ReleaseDesk):
    do(desk, FIRST, announce(FIRST))
    slow = overtaken(log, lambda: do(desk, FIRST, announce(FIRST)), lambda: do(desk, FIRST, announce(FIRST)))
    assert do(slow, FIRST, announce(FIRST)).run == 4


def test_and_may_come_out_otherwise(log: EventLog, desk: ReleaseDesk):
    do(desk, FIRST, announce(FIRST))
    slow = overtaken(log, lambda: works(desk, FIRST, Made()))
    with pytest.raises(NotNow, match="published already"):
        do(slow, FIRST, announce(FIRST, "edited"))


def test_a_reservation_rests_on_the_activity_as_it_is_when_it_is_recorded(log: EventLog, desk: ReleaseDesk):
    for release in (FIRST, SECOND):
        do(desk, release, announce(release))
        works(desk, release, Made(), until="reserve")
    slow = overtaken(log, lambda: do(desk, SECOND, c.Reserve(attempt=desk.load(SECOND.stream).attempt)))
    with pytest.raises(Transient, match="another release"):
        do(slow, FIRST, c.Reserve(attempt=desk.load(FIRST.stream).attempt))


def test_a_withdrawal_rests_on_the_activity_as_it_is_when_it_is_recorded(log: EventLog, desk: ReleaseDesk):
    do(desk, FIRST, announce(FIRST))
    works(desk, FIRST, Made())
    do(desk, SECOND, announce(SECOND))
    works(desk, SECOND, Made(), until="publish")
    slow = overtaken(log, lambda: works(desk, SECOND, Made()))
    do(slow, FIRST, c.Withdraw(by="ada", reason="a mistake", hold="host"))
    assert names(log, activity_stream("org.example.Maze"))[-1] == "version.published"


def test_steps_of_two_releases_of_one_activity_do_not_overtake_each_other(log: EventLog, desk: ReleaseDesk):
    """Only what rests on the activity waits for its stream."""
    for release in (FIRST, SECOND):
        do(desk, release, announce(release))
    works(desk, SECOND, Made(version="2"), until="reserve")
    works(desk, FIRST, Made(), until="store:main")
    appends = []
    counted = overtaken(log, *[lambda: appends.append(desk.load(FIRST.stream)) for _ in range(5)])
    slow = overtaken(log, lambda: do(desk, SECOND, c.Reserve(attempt=desk.load(SECOND.stream).attempt)))
    do(slow, FIRST, done(desk.load(FIRST.stream), Made()))
    do(counted, FIRST, c.Claim(worker="w", now_us=LATER))
    assert len(appends) == 1


def test_one_that_is_overtaken_for_ever_gives_up(log: EventLog, desk: ReleaseDesk):
    do(desk, FIRST, announce(FIRST))
    slow = overtaken(log, *[lambda: do(desk, FIRST, announce(FIRST))] * 60)
    with pytest.raises(Conflict, match="overtaken 50 times"):
        do(slow, FIRST, announce(FIRST))


def test_a_log_that_cannot_be_written_is_told(log: EventLog, desk: ReleaseDesk):
    do(desk, FIRST, announce(FIRST))

    def broken() -> None:
        raise LogUnavailable("the disk is full")

    with pytest.raises(LogUnavailable):
        do(overtaken(log, broken), FIRST, c.Claim(worker="w", now_us=LATER))
    assert desk.load(FIRST.stream).claimed is None


class TestWhatFollows:
    """In one append with what it follows."""

    def handle(self, desk: ReleaseDesk, storages: tuple[str, ...] = ("main",)) -> ReleaseState:
        """Have everything follow the end of an inspection that can."""
        do(desk, FIRST, msgspec.structs.replace(announce(FIRST), storages=storages))
        inspecting = works(desk, FIRST, Made(), until="inspect")

        def following(state: ReleaseState) -> c.Command:
            return done(state, Made()) if state.claimed else c.Claim(worker="w", now_us=0)

        return desk.handle(FIRST.stream, done(inspecting, Made()), cause=CAUSE, following=following)

    def test_is_carried_out_as_far_as_it_can_be(self, log: EventLog, desk: ReleaseDesk):
        do(desk, SECOND, announce(SECOND))
        works(desk, SECOND, Made(content="two"))
        state = self.handle(desk)
        assert state.claimed == "reserve"
        assert names(log, FIRST.stream)[-2:] == ["bundle.inspected", "step.claimed"]
        with pytest.raises(Permanent):
            do(desk, FIRST, done(state, Made()))

    @pytest.mark.parametrize(
        ("then", "left"),
        [
            (lambda attempt: c.SetAside(attempt=attempt, rule="", found="", cure=""), ["bundle.built", "step.claimed"]),
            (lambda attempt: c.Reject(attempt=attempt, rule="", found="\udc80", cure=""), ["step.claimed", "bundle.built"]),
        ],
        ids=["cannot be decided", "cannot be recorded"],
    )
    def test_does_not_take_down_what_it_follows(
        self, log: EventLog, desk: ReleaseDesk, then: Callable[[int], c.Command], left: list[str]
    ):
        do(desk, FIRST, announce(FIRST))
        building = works(desk, FIRST, Made(), until="build")

        def following(state: ReleaseState) -> c.Command | None:
            if not state.open:
                return None
            return then(state.attempt) if state.claimed else c.Claim(worker="w", now_us=0)

        desk.handle(FIRST.stream, done(building, Made()), cause=CAUSE, following=following)
        assert names(log, FIRST.stream)[-2:] == left

    def test_does_not_rest_on_an_activity_as_it_was_before(self, log: EventLog, desk: ReleaseDesk):
        state = self.handle(desk, storages=())
        assert state.claimed == "publish"
        assert names(log, FIRST.stream)[-4:] == ["bundle.inspected", "step.claimed", "version.cleared", "step.claimed"]
        assert do(desk, FIRST, done(state, Made())).ended == "published"

    def test_is_decided_anew_where_the_activity_changed_meanwhile(self, log: EventLog, desk: ReleaseDesk):
        do(desk, SECOND, announce(SECOND))
        works(desk, SECOND, Made(content="two"), until="reserve")
        slow = overtaken(log, *[lambda: None] * 6, lambda: works(desk, SECOND, Made(content="two")))
        assert self.handle(slow).claimed == "reserve"
        assert names(log, activity_stream("org.example.Maze")) == ["version.reserved", "version.published"]


class TestOneKey:
    def test_is_carried_out_once(self, log: EventLog, desk: ReleaseDesk):
        slow = overtaken(log, lambda: desk.handle(FIRST.stream, announce(FIRST), cause=CAUSE, key="one"))
        with pytest.raises(DoneBefore):
            slow.handle(FIRST.stream, announce(FIRST), cause=CAUSE, key="one")
        assert names(log, FIRST.stream) == ["release.announced"]

    def test_with_other_content_is_a_conflict(self, desk: ReleaseDesk):
        desk.handle(FIRST.stream, announce(FIRST), cause=CAUSE, key="one")
        with pytest.raises(Conflict):
            desk.handle(FIRST.stream, announce(FIRST), cause=CAUSE, key="one")


class TestCorrelation:
    def test_runs_through_all_that_follows_from_one_delivery(self, log: EventLog, desk: ReleaseDesk):
        do(desk, FIRST, announce(FIRST))
        works(desk, FIRST, Made())
        events = [*log.read(FIRST.stream), *log.read(activity_stream("org.example.Maze"))]
        assert {recorded.cause.correlation for recorded in events} == {events[0].id}

    def test_is_another_one_for_another_delivery(self, log: EventLog, desk: ReleaseDesk):
        for _ in range(2):
            do(desk, FIRST, announce(FIRST))
            works(desk, FIRST, Made())
        do(desk, FIRST, c.Withdraw(by="ada", reason="a mistake", hold="host"))
        events = list(log.read(FIRST.stream))
        starts = [r for r in events if isinstance(r.event, (e.ReleaseAnnounced, e.ReleaseWithdrawn))]
        assert [recorded.cause.correlation for recorded in starts] == [recorded.id for recorded in starts]
        assert desk.load(FIRST.stream).correlation == starts[1].id

    def test_can_be_given(self, log: EventLog, desk: ReleaseDesk):
        given = e.Cause(source="test", actor="test", correlation="mine")
        desk.handle(FIRST.stream, announce(FIRST), cause=given)
        assert [recorded.cause.correlation for recorded in log.read(FIRST.stream)] == ["mine"]


class TestWhatTheCallerKnows:
    @pytest.fixture
    def unread(self, log: EventLog) -> ReleaseDesk:
        """A desk on a log that can be written only."""
        deaf = Overtaken(log, ())

        def read(stream: str) -> Iterator[e.Recorded]:
            raise AssertionError(f"{stream} was read")

        deaf.read = read  # type: ignore[method-assign, assignment]
        return ReleaseDesk(deaf)  # type: ignore[arg-type]

    def test_is_not_read_again(self, unread: ReleaseDesk):
        new = ReleaseState(stream=FIRST.stream)
        announced = unread.handle(FIRST.stream, announce(FIRST), cause=CAUSE, known=new)
        claimed = unread.handle(FIRST.stream, c.Claim(worker="w", now_us=LATER), cause=CAUSE, known=announced)
        assert (claimed.claimed, claimed.version) == ("fetch", 2)

    def test_is_decided_on_as_it_is_if_it_has_changed(self, desk: ReleaseDesk):
        before = do(desk, FIRST, announce(FIRST))
        do(desk, FIRST, announce(FIRST))
        after = desk.handle(FIRST.stream, announce(FIRST), cause=CAUSE, known=before)
        assert (after.run, after) == (3, desk.load(FIRST.stream))

    def test_is_no_ground_to_refuse_what_may_be_done_by_now(self, desk: ReleaseDesk):
        before = do(desk, FIRST, announce(FIRST))
        works(desk, FIRST, Made())
        withdraw = c.Withdraw(by="ada", reason="a mistake", hold="host")
        for taken_for in (ReleaseState(stream=FIRST.stream), before):
            after = desk.handle(FIRST.stream, withdraw, cause=CAUSE, known=taken_for)
            assert after.hold == "host"
            desk.handle(FIRST.stream, announce(FIRST), cause=CAUSE)

    def test_is_a_ground_if_it_still_holds(self, desk: ReleaseDesk):
        announced = do(desk, FIRST, announce(FIRST))
        with pytest.raises(StaleAttempt):
            desk.handle(FIRST.stream, c.Reserve(attempt=7), cause=CAUSE, known=announced)
        assert desk.load(FIRST.stream) == announced
