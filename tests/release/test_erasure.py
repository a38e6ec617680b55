"""Erasing personal data changes no decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from aslo_core import events as e
from aslo_core.errors import Permanent
from aslo_core.log import Appended, Entry, EventLog, LogUnavailable
from aslo_core.release import activity as activities
from aslo_core.release import commands as c
from aslo_core.release.activity import ActivityState, activity_stream
from aslo_core.release.decide import NotNow
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.erasure import erase
from aslo_core.release.state import ReleaseState
from aslo_core.testing import values
from aslo_core.testing.going_well import Made, announce, done
from aslo_core.types import Announcement

OURS = values.announcement("1", of=values.repository("1", "maze", "ada"))
THEIRS = values.announcement("2", of=values.repository("2", "maze", "mallory"))
ACTIVITY = activity_stream(Made().bundle_id)
CAUSE = e.Cause(source="test", actor="test")
LATER = 10**18


@pytest.fixture
def desk(log: EventLog) -> ReleaseDesk:
    return ReleaseDesk(log)


def works(desk: ReleaseDesk, release: Announcement, made: Made, until: str = "") -> ReleaseState:
    state = desk.handle(release.stream, announce(release), cause=CAUSE)
    while state.open:
        state = desk.handle(release.stream, c.Claim(worker="w", now_us=LATER), cause=CAUSE)
        if state.claimed == until:
            return state
        state = desk.handle(release.stream, done(state, made), cause=CAUSE)
    return state


def refused(desk: ReleaseDesk, release: Announcement, made: Made) -> str:
    """The rule that keeps a release from being published, or nothing."""
    try:
        works(desk, release, made)
    except Permanent as reason:
        return reason.rule
    return ""


def erased(log: EventLog, stream: str, kind: type[e.Event]) -> None:
    for recorded in [*log.read(stream)]:
        if isinstance(recorded.event, kind):
            erase(log, recorded, "asked for", CAUSE)


def activity(log: EventLog) -> ActivityState:
    return activities.fold(ACTIVITY, log.read(ACTIVITY))


def test_the_owner_of_a_bundle_id_outlives_the_erasure_of_the_first_version(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made())
    erased(log, ACTIVITY, e.VersionPublished)
    assert refused(desk, THEIRS, Made(version="2")) == "activity.owned-elsewhere"
    assert refused(desk, OURS, Made(version="2", commit="d" * 40)) == ""


def test_a_published_version_never_changes_even_when_it_was_erased(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made())
    erased(log, ACTIVITY, e.VersionPublished)
    assert refused(desk, OURS, Made(content="two", commit="d" * 40)) == "activity.version-taken"


def test_a_withdrawn_version_stays_withdrawn_when_the_name_of_who_did_it_is_erased(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made())
    desk.handle(OURS.stream, c.Withdraw(by="ada", reason="a mistake", hold="operator"), cause=CAUSE)
    erased(log, OURS.stream, e.ReleaseWithdrawn)
    erased(log, ACTIVITY, e.VersionWithdrawn)
    assert [(was.live, was.hold) for was in activity(log).published.values()] == [(False, "operator")]
    with pytest.raises(NotNow, match="an operator has withdrawn this release and put it on hold"):
        works(desk, OURS, Made())


def test_the_host_can_withdraw_a_release_whose_announcement_was_erased(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made())
    erased(log, OURS.stream, e.ReleaseAnnounced)
    desk.handle(OURS.stream, c.Withdraw(by="ada", reason="a mistake", hold="host"), cause=CAUSE)
    assert [was.live for was in activity(log).published.values()] == [False]


def test_a_run_that_was_rejected_does_not_go_on_when_that_is_erased(log: EventLog, desk: ReleaseDesk):
    state = works(desk, OURS, Made(), until="inspect")
    rejected = c.Reject(attempt=state.attempt, rule="bundle.icon-missing", found="by Ada", cure="")
    desk.handle(OURS.stream, rejected, cause=CAUSE)
    erased(log, OURS.stream, e.ReleaseRejected)
    assert not desk.load(OURS.stream).open


def test_a_release_that_is_being_worked_on_has_to_end_first(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made(), until="publish")
    with pytest.raises(Permanent) as reason:
        erased(log, OURS.stream, e.ReleaseAnnounced)
    assert reason.value.rule == "log.erasure-too-early"
    assert all(recorded.event is not None for recorded in log.read(OURS.stream))


def test_a_reservation_outlives_its_erasure(log: EventLog, desk: ReleaseDesk):
    state = works(desk, OURS, Made(), until="publish")
    erased(log, ACTIVITY, e.VersionReserved)
    assert desk.handle(OURS.stream, done(state, Made()), cause=CAUSE).ended == "published"


def test_nothing_that_names_a_person_is_restated(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made())
    erased(log, ACTIVITY, e.VersionPublished)
    erased(log, OURS.stream, e.ReleaseAnnounced)
    restated = [one.event for one in log.read_all() if isinstance(one.event, e.ActivityRestated | e.ReleaseRestated)]
    assert len(restated) == 2
    for event in restated:
        assert b"ada" not in e.encode(event)
        assert b"maze" not in e.encode(event).replace(Made().bundle_id.encode(), b"")


def test_the_erasure_is_told_to_follow_from_the_restatement(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made())
    erased(log, ACTIVITY, e.VersionPublished)
    restated, record = [*log.read_all()][-2:]
    assert (record.cause.causation, record.cause.correlation) == (restated.id, restated.id)
    assert record.cause.actor == CAUSE.actor


def test_an_erasure_behind_the_rules_back_closes_the_activity_rather_than_freeing_it(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made())
    published = next(one for one in log.read(ACTIVITY) if isinstance(one.event, e.VersionPublished))
    log.erase(published.id, "by hand", CAUSE)
    assert refused(desk, THEIRS, Made(version="2")) == "activity.unclear"
    assert refused(desk, OURS, Made(version="3", commit="d" * 40)) == "activity.unclear"
    erased(log, ACTIVITY, e.VersionReserved)
    assert activity(log).unclear, "what is not known cannot be restated"


class Interfered:
    """A real log where something happens just before each of the next appends, and where erasing may fail."""

    def __init__(self, log: EventLog, others: Sequence[Callable[[], object]] = (), *, fails: bool = False) -> None:
        self._log = log
        self._others = list(others)
        self._fails = fails
        self.read = log.read

    def append(self, entries: Sequence[Entry], *, cause: e.Cause, expect: Mapping[str, int] | None = None) -> Appended:
        if self._others:
            self._others.pop(0)()
        return self._log.append(entries, cause=cause, expect=expect)

    def erase(self, event_id: str, reason: str, cause: e.Cause) -> None:
        if self._fails:
            raise LogUnavailable("the disk is full")
        self._log.erase(event_id, reason, cause)


def test_what_happens_while_it_is_erased_is_restated_too(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made())
    second = values.announcement("3", of=OURS.repository)
    published = [*log.read(ACTIVITY)][-1]
    torn = Interfered(log, [lambda: works(desk, second, Made(version="2", content="two"))])
    erase(torn, published, "asked for", CAUSE)  # type: ignore[arg-type]
    assert [was.version.text for was in activity(log).published.values()] == ["1", "2"]


def test_an_end_between_the_two_changes_nothing(log: EventLog, desk: ReleaseDesk):
    works(desk, OURS, Made())
    before = activities.restate(activity(log))
    published = [*log.read(ACTIVITY)][-1]
    with pytest.raises(LogUnavailable):
        erase(Interfered(log, fails=True), published, "asked for", CAUSE)  # type: ignore[arg-type]
    assert activities.restate(activity(log)) == before
    erase(log, published, "asked for", CAUSE)
    assert activities.restate(activity(log)) == before
