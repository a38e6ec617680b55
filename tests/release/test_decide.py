"""What follows from each command: given what happened, when something is asked, then these events or this answer."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal

import msgspec
import pytest

from aslo_core import events as e
from aslo_core.bundle.versions import Version
from aslo_core.errors import Permanent, Transient
from aslo_core.log import Entry
from aslo_core.release import activity as activities
from aslo_core.release import commands as c
from aslo_core.release import state as releases
from aslo_core.release.activity import ActivityState, activity_stream
from aslo_core.release.backoff import MAX_ATTEMPTS
from aslo_core.release.decide import NothingDue, NotNow, StaleAttempt, activities_read, decide
from aslo_core.release.state import ReleaseState
from aslo_core.testing import values
from aslo_core.testing.going_well import Made, announce, done
from aslo_core.types import Announcement, Person

FIRST = values.announcement("1")
SECOND = values.announcement("2")
ELSEWHERE = values.announcement("3", of=values.repository("2", name="another-maze", owner="mallory"))
MAZE = activity_stream("org.example.Maze")
LATER = 10**15


class Past:
    """What happened so far, in memory: decisions are made on it and added to it."""

    def __init__(self) -> None:
        self.streams: dict[str, list[e.Recorded]] = defaultdict(list)

    def release(self, release: Announcement) -> ReleaseState:
        return releases.fold(release.stream, self.streams[release.stream])

    def activity(self, bundle_id: str = "org.example.Maze") -> ActivityState:
        stream = activity_stream(bundle_id)
        return activities.fold(stream, self.streams[stream])

    def happens(self, *entries: Entry) -> None:
        for entry in entries:
            stream = self.streams[entry.stream]
            stream.append(values.recorded(entry.event, entry.stream, len(stream) + 1))

    def when(self, release: Announcement, command: c.Command) -> tuple[e.Event, ...]:
        """Decide, add what follows to what happened, and return it."""
        state = self.release(release)
        known = {bundle_id: self.activity(bundle_id) for bundle_id in activities_read(state, command)}
        entries = decide(state, known, command)
        for entry in entries:
            on_activity = entry.event.event_name.startswith("version.") and not isinstance(entry.event, e.VersionCleared)
            assert entry.stream.startswith("activity/") if on_activity else entry.stream == release.stream
        self.happens(*entries)
        return tuple(entry.event for entry in entries)

    def announced(self, release: Announcement = FIRST, trigger: str = "published") -> None:
        self.when(release, announce(release, trigger))

    def claimed(self, release: Announcement = FIRST) -> int:
        self.when(release, c.Claim(worker="w", now_us=max(LATER, self.release(release).retry_at_us)))
        return self.release(release).attempt

    def works(self, release: Announcement = FIRST, made: Made | None = None, until: str = "") -> None:
        """Steps go well until one named `until` is claimed, or to the end of the run."""
        while self.release(release).open:
            if self.release(release).claimed is None:
                self.claimed(release)
            if self.release(release).claimed == until:
                return
            self.when(release, done(self.release(release), made or Made()))

    def published(self, release: Announcement = FIRST, made: Made | None = None) -> None:
        self.announced(release)
        self.works(release, made)
        assert self.release(release).ended == "published"

    def withdrawn(self, release: Announcement = FIRST, hold: str = "host") -> tuple[e.Event, ...]:
        return self.when(release, c.Withdraw(by="ada", reason="a mistake", hold=hold))


@pytest.fixture
def past() -> Past:
    return Past()


def named(events: tuple[e.Event, ...]) -> list[str]:
    return [event.event_name for event in events]


def rule_of(past: Past, release: Announcement, command: c.Command) -> str:
    with pytest.raises(Permanent) as refused:
        past.when(release, command)
    return refused.value.rule


class TestARunBegins:
    def test_with_what_is_in_force(self, past: Past):
        (announced,) = past.when(FIRST, announce(FIRST))
        assert isinstance(announced, e.ReleaseAnnounced)
        assert (announced.run, announced.trigger, announced.announcement) == (1, "published", FIRST)
        assert (announced.builder, announced.notifiers, announced.storages) == ("sandbox", ("github",), ("main", "mirror"))

    @pytest.mark.parametrize("until", ["fetch", "build", "inspect", "reserve"])
    def test_and_takes_the_place_of_one_on_its_way(self, past: Past, until: str):
        past.announced()
        past.works(until=until)
        assert named(past.when(FIRST, announce(FIRST))) == ["release.cancelled", "release.announced"]
        state = past.release(FIRST)
        assert (state.run, state.claimed, state.fetched, state.bundle) == (2, None, None, None)

    @pytest.mark.parametrize("until", ["store:main", "store:mirror", "publish"])
    def test_and_frees_the_version_that_the_other_one_held(self, past: Past, until: str):
        past.announced()
        past.works(until=until)
        assert past.activity().reservations
        events = past.when(FIRST, announce(FIRST))
        assert named(events) == ["release.cancelled", "version.freed", "release.announced"]
        assert past.activity().reservations == {}

    def test_by_hand_while_published(self, past: Past):
        past.published()
        assert named(past.when(FIRST, announce(FIRST, "submitted"))) == ["release.announced"]

    def test_after_an_edit_while_nothing_is_published(self, past: Past):
        past.announced()
        past.works(until="build")
        assert named(past.when(FIRST, announce(FIRST, "edited"))) == ["release.cancelled", "release.announced"]

    def test_after_an_edit_of_a_rejected_release(self, past: Past):
        past.announced()
        past.when(FIRST, c.Reject(attempt=past.claimed(), rule="x.y", found="", cure=""))
        assert named(past.when(FIRST, announce(FIRST, "edited"))) == ["release.announced"]

    def test_not_after_an_edit_while_published(self, past: Past):
        past.published()
        with pytest.raises(NotNow, match="published already"):
            past.when(FIRST, announce(FIRST, "edited"))

    def test_not_after_an_edit_while_an_earlier_run_is_published(self, past: Past):
        past.published()
        past.announced()
        past.when(FIRST, c.Reject(attempt=past.claimed(), rule="x.y", found="", cure=""))
        with pytest.raises(NotNow, match="published already"):
            past.when(FIRST, announce(FIRST, "edited"))

    def test_again_by_an_operator_once_it_has_ended(self, past: Past):
        past.announced()
        past.when(FIRST, c.Reject(attempt=past.claimed(), rule="x.y", found="", cure=""))
        assert named(past.when(FIRST, announce(FIRST, "retry"))) == ["release.announced"]
        assert past.release(FIRST).run == 2

    def test_not_again_by_an_operator_while_it_is_on_its_way(self, past: Past):
        past.announced()
        with pytest.raises(NotNow, match="on its way"):
            past.when(FIRST, announce(FIRST, "retry"))

    @pytest.mark.parametrize("trigger", ["edited", "retry", "submitted"])
    def test_not_while_withdrawn_on_its_host(self, past: Past, trigger: str):
        past.published()
        past.withdrawn()
        with pytest.raises(NotNow, match="withdrawn on its host"):
            past.when(FIRST, announce(FIRST, trigger))

    @pytest.mark.parametrize("trigger", ["published", "edited", "retry", "submitted", "reconciled"])
    def test_not_while_an_operator_holds_it(self, past: Past, trigger: str):
        past.published()
        past.withdrawn(hold="operator")
        with pytest.raises(NotNow, match="operator"):
            past.when(FIRST, announce(FIRST, trigger))

    @pytest.mark.parametrize("until", ["build", "publish", ""])
    def test_not_by_reconciliation_of_what_is_known(self, past: Past, until: str):
        past.announced()
        past.works(until=until)
        with pytest.raises(NotNow, match="known already"):
            past.when(FIRST, announce(FIRST, "reconciled"))

    def test_by_reconciliation_after_its_host_had_withdrawn_it(self, past: Past):
        past.published()
        past.withdrawn()
        assert named(past.when(FIRST, announce(FIRST, "reconciled"))) == ["release.announced"]
        assert past.release(FIRST).hold == ""

    @pytest.mark.parametrize("until", ["build", "publish", ""])
    def test_not_by_the_late_delivery_of_what_reconciliation_found(self, past: Past, until: str):
        past.announced(trigger="reconciled")
        past.works(until=until)
        with pytest.raises(NotNow, match="found by reconciliation"):
            past.when(FIRST, announce(FIRST))

    @pytest.mark.parametrize("other", [{"tag": "v2"}, {"published_us": 5}])
    def test_by_the_delivery_of_another_publication_than_was_found(self, past: Past, other: dict[str, Any]):
        past.announced(trigger="reconciled")
        past.works()
        again = msgspec.structs.replace(FIRST, **other)
        assert named(past.when(FIRST, announce(again))) == ["release.announced"]

    def test_by_the_late_delivery_of_what_was_found_and_rejected(self, past: Past):
        past.announced(trigger="reconciled")
        past.when(FIRST, c.Reject(attempt=past.claimed(), rule="x.y", found="", cure=""))
        assert named(past.when(FIRST, announce(FIRST))) == ["release.announced"]

    def test_with_nothing_of_the_run_before_but_the_count_of_attempts(self, past: Past):
        past.announced()
        past.works(until="publish")
        attempts = past.release(FIRST).attempt
        past.announced()
        assert past.release(FIRST).attempt == attempts
        assert past.claimed() == attempts + 1


class TestAStepIsClaimed:
    def test_one_after_the_other(self, past: Past):
        past.announced()
        past.works()
        steps = [r.event.step for r in past.streams[FIRST.stream] if isinstance(r.event, e.StepClaimed)]
        assert steps == ["fetch", "build", "inspect", "reserve", "store:main", "store:mirror", "publish"]

    def test_taking_in_place_of_building_where_a_bundle_is_attached(self, past: Past):
        past.announced()
        past.works(made=Made(asset=True), until="take")
        assert past.release(FIRST).claimed == "take"

    def test_once(self, past: Past):
        past.announced()
        past.claimed()
        with pytest.raises(NothingDue):
            past.claimed()

    def test_when_it_is_due(self, past: Past):
        past.announced()
        past.when(FIRST, failure(past.claimed(), "transient", now_us=0))
        due = past.release(FIRST).retry_at_us
        with pytest.raises(NothingDue):
            past.when(FIRST, c.Claim(worker="w", now_us=due - 1))
        assert named(past.when(FIRST, c.Claim(worker="w", now_us=due))) == ["step.claimed"]

    def test_while_the_run_is_open(self, past: Past):
        with pytest.raises(NothingDue):
            past.claimed()
        past.published()
        with pytest.raises(NothingDue):
            past.claimed()


def failure(attempt: int, kind: Literal["transient", "internal"], now_us: int = LATER, jitter: float = 0.5) -> c.Fail:
    return c.Fail(attempt=attempt, kind=kind, error="the peer is away", now_us=now_us, jitter=jitter)


class TestAnAttemptThatLostItsClaim:
    @pytest.fixture
    def lost(self, past: Past) -> int:
        """The first of two attempts at publishing; the second has the claim."""
        past.announced()
        past.works(until="publish")
        lost = past.release(FIRST).attempt
        past.when(FIRST, c.Abandon(attempt=lost, reason="killed"))
        past.claimed()
        return lost

    def test_publishes_nothing(self, past: Past, lost: int):
        with pytest.raises(StaleAttempt):
            past.when(FIRST, c.Publish(attempt=lost))

    def test_rejects_nothing(self, past: Past, lost: int):
        with pytest.raises(StaleAttempt):
            past.when(FIRST, c.Reject(attempt=lost, rule="x.y", found="", cure=""))

    def test_fails_nothing(self, past: Past, lost: int):
        with pytest.raises(StaleAttempt):
            past.when(FIRST, failure(lost, "internal"))

    def test_cannot_be_given_up_twice(self, past: Past, lost: int):
        with pytest.raises(StaleAttempt):
            past.when(FIRST, c.Abandon(attempt=lost, reason="killed"))

    @pytest.mark.parametrize("step", ["fetch", "build", "inspect", "reserve", "store:main"])
    def test_completes_nothing(self, past: Past, step: str):
        past.announced()
        past.works(until=step)
        late = done(past.release(FIRST), Made())
        past.when(FIRST, c.Abandon(attempt=past.release(FIRST).attempt, reason="killed"))
        with pytest.raises(StaleAttempt):
            past.when(FIRST, late)
        past.claimed()
        with pytest.raises(StaleAttempt):
            past.when(FIRST, late)

    def test_nor_in_a_newer_run(self, past: Past):
        past.announced()
        past.works(until="build")
        late = done(past.release(FIRST), Made())
        past.announced()
        past.works(until="build")
        with pytest.raises(StaleAttempt):
            past.when(FIRST, late)


@pytest.mark.parametrize(
    "outcome",
    [
        values.fetched(3),
        e.BundleTaken(attempt=3, name="x.xo", bundle=values.blob()),
        e.BundleStored(attempt=3, storage="main", objects=(), address="", verified="backend"),
    ],
)
def test_an_attempt_completes_its_own_step_alone(past: Past, outcome: c.Outcome):
    past.announced()
    past.works(until="inspect")
    assert past.release(FIRST).attempt == 3
    with pytest.raises(StaleAttempt, match="inspect"):
        past.when(FIRST, c.Complete(outcome=outcome))


def test_an_attempt_stores_on_its_own_storage_alone(past: Past):
    past.announced()
    past.works(until="store:main")
    stored = e.BundleStored(attempt=past.release(FIRST).attempt, storage="mirror", objects=(), address="", verified="backend")
    with pytest.raises(StaleAttempt, match="store:main"):
        past.when(FIRST, c.Complete(outcome=stored))


class TestAnAttemptComesToNothing:
    @pytest.mark.parametrize("kind", ["transient", "internal"])
    def test_and_the_run_fails_at_the_last_one_of_its_kind(self, past: Past, kind: Literal["transient", "internal"]):
        past.announced()
        for _ in range(MAX_ATTEMPTS[kind] - 1):
            assert named(past.when(FIRST, failure(past.claimed(), kind))) == ["step.failed"]
        (failed,) = past.when(FIRST, failure(past.claimed(), kind))
        assert isinstance(failed, e.ReleaseFailed)
        assert f"fetch failed {MAX_ATTEMPTS[kind]} times" in failed.reason
        assert "the peer is away" in failed.reason

    def test_and_faults_of_ours_are_not_counted_with_those_of_peers(self, past: Past):
        past.announced()
        for _ in range(MAX_ATTEMPTS["internal"]):
            past.when(FIRST, failure(past.claimed(), "transient"))
        assert named(past.when(FIRST, failure(past.claimed(), "internal"))) == ["step.failed"]

    def test_and_the_count_begins_anew_with_the_next_step(self, past: Past):
        past.announced()
        for _ in range(2):
            past.when(FIRST, failure(past.claimed(), "internal"))
        past.works(until="build")
        assert named(past.when(FIRST, failure(past.release(FIRST).attempt, "internal"))) == ["step.failed"]

    def test_and_what_was_reserved_is_freed_with_the_run(self, past: Past):
        past.announced()
        past.works(until="store:main")
        for _ in range(MAX_ATTEMPTS["internal"] - 1):
            past.when(FIRST, failure(past.release(FIRST).attempt, "internal"))
            past.claimed()
        events = past.when(FIRST, failure(past.release(FIRST).attempt, "internal"))
        assert named(events) == ["release.failed", "version.freed"]
        assert past.activity().reservations == {}

    def test_and_waits_longer_each_time(self, past: Past):
        past.announced()
        waits = []
        for _ in range(4):
            (failed,) = past.when(FIRST, failure(past.claimed(), "transient", jitter=1.0))
            waits.append(failed.retry_at_us - LATER)
        assert waits == [1_000_000, 2_000_000, 4_000_000, 8_000_000]

    def test_and_waits_as_long_as_the_peer_asks(self, past: Past):
        past.announced()
        asked = c.Fail(attempt=past.claimed(), kind="transient", error="", now_us=LATER, jitter=0, retry_after=90.0)
        (failed,) = past.when(FIRST, asked)
        assert isinstance(failed, e.StepFailed)
        assert failed.retry_at_us == LATER + 90_000_000


class TestAWorkerIsLost:
    def test_and_the_step_is_due_at_once(self, past: Past):
        past.announced()
        assert named(past.when(FIRST, c.Abandon(attempt=past.claimed(), reason="killed"))) == ["step.abandoned"]
        assert named(past.when(FIRST, c.Claim(worker="w", now_us=0))) == ["step.claimed"]

    def test_and_a_step_that_kills_every_worker_ends_the_run(self, past: Past):
        """Else a release that brings the whole process down would do so for ever."""
        past.announced()
        past.works(until="store:main")
        for _ in range(MAX_ATTEMPTS["abandoned"] - 1):
            past.when(FIRST, c.Abandon(attempt=past.release(FIRST).attempt, reason="killed"))
            past.claimed()
        events = past.when(FIRST, c.Abandon(attempt=past.release(FIRST).attempt, reason="killed"))
        assert named(events) == ["release.failed", "version.freed"]
        assert isinstance(events[0], e.ReleaseFailed)
        assert "store:main was begun 10 times" in events[0].reason


class TestARuleIsBroken:
    def test_and_the_run_ends_with_it(self, past: Past):
        past.announced()
        (rejected,) = past.when(FIRST, c.Reject(attempt=past.claimed(), rule="tag.gone", found="It is gone.", cure="Push it."))
        assert rejected == e.ReleaseRejected(attempt=1, step="fetch", rule="tag.gone", found="It is gone.", cure="Push it.")
        assert past.release(FIRST).ended == "rejected"

    def test_and_what_was_reserved_is_freed(self, past: Past):
        past.announced()
        past.works(until="store:mirror")
        rejected = c.Reject(attempt=past.release(FIRST).attempt, rule="x.y", found="", cure="")
        assert named(past.when(FIRST, rejected)) == ["release.rejected", "version.freed"]
        assert past.activity().reservations == {}


class TestAnAttachedBundleIsSetAside:
    """It breaks a rule, and the operator wants the source to be built then."""

    SET_ASIDE = c.SetAside(attempt=3, rule="bundle.icon-missing", found="There is no icon.", cure="Draw one.")

    def inspecting(self, past: Past) -> None:
        past.announced()
        past.works(made=Made(asset=True), until="inspect")

    def test_with_the_rule_and_the_source_is_built(self, past: Past):
        self.inspecting(past)
        (refused,) = past.when(FIRST, self.SET_ASIDE)
        assert refused == e.AssetRefused(
            attempt=3, name="Maze.xo", rule="bundle.icon-missing", found="There is no icon.", cure="Draw one."
        )
        state = past.release(FIRST)
        assert (state.open, state.bundle, state.claimed, releases.next_step(state)) == (True, None, None, "build")
        assert state.warnings == (refused.warning,)

    def test_and_what_is_published_is_not_called_the_attached_file(self, past: Past):
        self.inspecting(past)
        past.when(FIRST, self.SET_ASIDE)
        past.works(made=Made(asset=True), until="publish")
        (_, version) = past.when(FIRST, c.Publish(attempt=past.release(FIRST).attempt))
        assert isinstance(version, e.VersionPublished)
        assert version.asset is None

    def test_and_the_same_release_again_is_nothing_new(self, past: Past):
        self.inspecting(past)
        past.when(FIRST, self.SET_ASIDE)
        past.works(made=Made(asset=True))
        past.announced()
        past.works(made=Made(asset=True))
        assert past.release(FIRST).ended == "unchanged"

    def test_but_not_twice_in_a_run(self, past: Past):
        self.inspecting(past)
        past.when(FIRST, self.SET_ASIDE)
        past.works(made=Made(asset=True), until="inspect")
        again = msgspec.structs.replace(self.SET_ASIDE, attempt=past.release(FIRST).attempt)
        with pytest.raises(LookupError, match="no attached bundle"):
            past.when(FIRST, again)

    def test_and_a_new_run_takes_what_is_attached_then(self, past: Past):
        self.inspecting(past)
        past.when(FIRST, self.SET_ASIDE)
        past.announced()
        past.works(made=Made(asset=True), until="take")
        state = past.release(FIRST)
        assert (state.takes_asset, state.warnings) == (True, ())

    def test_but_not_a_built_one(self, past: Past):
        past.announced()
        past.works(until="inspect")
        with pytest.raises(LookupError, match="no attached bundle"):
            past.when(FIRST, self.SET_ASIDE)

    @pytest.mark.parametrize("until", ["take", "reserve"])
    def test_nor_at_another_step(self, past: Past, until: str):
        past.announced()
        past.works(made=Made(asset=True), until=until)
        attempt = past.release(FIRST).attempt
        with pytest.raises(StaleAttempt, match="not inspect"):
            past.when(FIRST, msgspec.structs.replace(self.SET_ASIDE, attempt=attempt))

    def test_nor_by_an_attempt_that_was_given_up(self, past: Past):
        self.inspecting(past)
        past.when(FIRST, c.Abandon(attempt=3, reason="killed"))
        past.claimed()
        with pytest.raises(StaleAttempt):
            past.when(FIRST, self.SET_ASIDE)


class TestNothingNew:
    def test_ends_the_run_as_soon_as_it_is_known(self, past: Past):
        past.published()
        past.announced()
        events = past.when(FIRST, c.Complete(outcome=values.fetched(past.claimed())))
        assert named(events) == ["source.fetched", "release.unchanged"]
        assert past.release(FIRST).published

    def test_with_the_same_attached_bundle(self, past: Past):
        past.published(made=Made(asset=True))
        past.announced()
        past.works(made=Made(asset=True))
        assert past.release(FIRST).ended == "unchanged"

    @pytest.mark.parametrize("made", [Made(commit="d" * 40), Made(asset=True)])
    def test_is_not_another_commit_or_a_bundle_attached_since(self, past: Past, made: Made):
        past.published()
        past.announced()
        past.works(made=made)
        assert past.release(FIRST).ended == "published"

    def test_is_not_what_cannot_be_downloaded(self, past: Past):
        """Withdrawn on its host and published there again, from the same commit."""
        past.published()
        past.withdrawn()
        past.announced()
        past.works()
        assert past.release(FIRST).ended == "published"
        assert [version.live for version in past.activity().published.values()] == [True]

    def test_is_not_what_another_release_has_taken_back_since(self, past: Past):
        past.published()
        past.published(SECOND)
        past.withdrawn(SECOND)
        past.announced()
        past.works(until="reserve")
        assert rule_of(past, FIRST, c.Reserve(attempt=past.release(FIRST).attempt)) == "activity.version-held"


class TestWithdrawing:
    def test_a_release_that_nobody_knows(self, past: Past):
        with pytest.raises(NotNow, match="nothing is known"):
            past.withdrawn()

    def test_ends_an_open_run_and_frees_its_version(self, past: Past):
        past.announced()
        past.works(until="publish")
        assert named(past.withdrawn()) == ["release.withdrawn", "version.freed"]
        assert past.activity().reservations == {}

    def test_takes_the_version_from_the_catalogue(self, past: Past):
        past.published()
        withdrawn, version = past.withdrawn()
        assert withdrawn == e.ReleaseWithdrawn(by="ada", reason="a mistake", hold="host")
        assert version == e.VersionWithdrawn(release=FIRST.stream, version="1", by="ada", reason="a mistake", hold="host")
        assert [(v.live, v.hold) for v in past.activity().published.values()] == [(False, "host")]

    def test_while_a_newer_run_is_on_its_way(self, past: Past):
        past.published()
        past.announced()
        past.works(made=Made(commit="d" * 40, version="2", content="two"), until="publish")
        assert named(past.withdrawn()) == ["release.withdrawn", "version.freed", "version.withdrawn"]
        assert [v.live for v in past.activity().published.values()] == [False]

    def test_while_a_newer_run_makes_another_activity(self, past: Past):
        past.published()
        past.announced()
        past.works(made=Made(commit="d" * 40, bundle_id="org.example.Other"), until="publish")
        assert named(past.withdrawn()) == ["release.withdrawn", "version.freed", "version.withdrawn"]
        assert [v.live for v in past.activity().published.values()] == [False]
        assert past.activity("org.example.Other").reservations == {}

    def test_takes_all_versions_of_a_release_whose_tag_was_moved(self, past: Past):
        past.published()
        past.published(made=Made(commit="d" * 40, version="2", content="two"))
        past.published(made=Made(commit="e" * 40, bundle_id="org.example.Other"))
        names = named(past.withdrawn())
        assert names == ["release.withdrawn", "version.withdrawn", "version.withdrawn", "version.withdrawn"]
        assert [v.live for v in past.activity().published.values()] == [False, False]
        assert [v.live for v in past.activity("org.example.Other").published.values()] == [False]

    def test_a_version_published_twice_under_two_spellings_is_withdrawn_once(self, past: Past):
        past.published()
        past.published(made=Made(commit="d" * 40, version="1.0"))
        assert named(past.withdrawn()) == ["release.withdrawn", "version.withdrawn"]

    def test_leaves_what_another_release_published_last(self, past: Past):
        past.published()
        past.published(SECOND)
        assert named(past.withdrawn(FIRST)) == ["release.withdrawn"]
        assert [v.live for v in past.activity().published.values()] == [True]

    @pytest.mark.parametrize("hold", ["host", "operator"])
    def test_twice(self, past: Past, hold: str):
        past.published()
        past.withdrawn(hold=hold)
        with pytest.raises(NotNow, match="withdrawn already"):
            past.withdrawn(hold=hold)

    def test_by_an_operator_what_its_host_has_withdrawn(self, past: Past):
        past.published()
        past.withdrawn(hold="host")
        assert named(past.withdrawn(hold="operator")) == ["release.withdrawn", "version.withdrawn"]
        with pytest.raises(NotNow, match="operator"):
            past.announced()

    def test_by_its_host_does_not_end_an_operators_hold(self, past: Past):
        past.published()
        past.withdrawn(hold="operator")
        with pytest.raises(NotNow, match="withdrawn already"):
            past.withdrawn(hold="host")
        with pytest.raises(NotNow, match="operator"):
            past.announced()

    def test_a_rejected_release_keeps_it_from_being_tried_again(self, past: Past):
        past.announced()
        past.when(FIRST, c.Reject(attempt=past.claimed(), rule="x.y", found="", cure=""))
        assert named(past.withdrawn()) == ["release.withdrawn"]
        with pytest.raises(NotNow):
            past.when(FIRST, announce(FIRST, "retry"))

    def test_and_published_on_its_host_again_with_other_content(self, past: Past):
        past.published()
        past.withdrawn()
        past.announced()
        past.works(made=Made(commit="d" * 40, content="two"), until="reserve")
        assert rule_of(past, FIRST, c.Reserve(attempt=past.release(FIRST).attempt)) == "activity.version-taken"


class TestPublishing:
    def test_tells_the_catalogue_all_that_it_shows(self, past: Past):
        release = values.announcement("7", "v2", title="Two", notes="*New*", prerelease=True)
        past.announced(release)
        past.works(release, Made(version="2"), until="fetch")
        people = (Person(login="grace"),)
        past.when(release, c.Complete(outcome=msgspec.structs.replace(values.fetched(1), contributors=people)))
        past.works(release, Made(version="2"))
        version = past.streams[MAZE][-1].event
        assert isinstance(version, e.VersionPublished)
        assert (version.release, version.run, version.version, version.commit) == (release.stream, 1, "2", "c" * 40)
        assert (version.tag, version.title, version.notes, version.prerelease) == ("v2", "Two", "*New*", True)
        assert (version.author, version.contributors, version.storages) == (release.author, people, ("main", "mirror"))
        assert (version.bundle, version.content_digest, version.metadata.name) == (Made().bundle, "d" * 64, "Maze")

    def test_makes_the_first_repository_the_owner(self, past: Past):
        past.published()
        owner = past.activity().owner
        assert owner is not None
        assert owner.id == FIRST.repository.id
        past.announced(ELSEWHERE)
        past.works(ELSEWHERE, Made(version="2", content="two"), until="reserve")
        assert rule_of(past, ELSEWHERE, c.Reserve(attempt=past.release(ELSEWHERE).attempt)) == "activity.owned-elsewhere"

    def test_keeps_another_repository_waiting_while_the_first_version_is_on_its_way(self, past: Past):
        """Else both could reserve, each a version of its own, and the second to publish would not be the owner."""
        past.announced()
        past.works(until="store:main")
        past.announced(ELSEWHERE)
        past.works(ELSEWHERE, Made(version="2", content="two"), until="reserve")
        with pytest.raises(Transient, match="for the first time"):
            past.when(ELSEWHERE, c.Reserve(attempt=past.release(ELSEWHERE).attempt))

    def test_one_version_at_a_time(self, past: Past):
        past.announced()
        past.works(until="store:main")
        past.announced(SECOND)
        past.works(SECOND, Made(version="1.0"), until="reserve")
        with pytest.raises(Transient, match=FIRST.stream):
            past.when(SECOND, c.Reserve(attempt=past.release(SECOND).attempt))

    def test_two_versions_side_by_side(self, past: Past):
        past.announced()
        past.works(until="publish")
        past.announced(SECOND)
        past.works(SECOND, Made(version="2", content="two"))
        past.works()
        assert [str(v.version) for v in past.activity().published.values()] == ["2", "1"]

    def test_never_what_an_operator_has_put_on_hold_since_it_was_reserved(self, past: Past):
        past.published()
        past.announced(SECOND)
        past.works(SECOND, until="publish")
        past.withdrawn(FIRST, hold="operator")
        assert rule_of(past, SECOND, c.Publish(attempt=past.release(SECOND).attempt)) == "activity.version-held"

    def test_takes_a_reservation(self, past: Past):
        past.announced()
        past.works(until="publish")
        past.happens(Entry(MAZE, e.VersionFreed(release=FIRST.stream, run=1, version="1")))
        with pytest.raises(LookupError, match="without holding"):
            past.when(FIRST, c.Publish(attempt=past.release(FIRST).attempt))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (c.Reserve(attempt=1), {"org.example.Other"}),
        (c.Publish(attempt=1), {"org.example.Other"}),
        (c.Withdraw(by="", reason="", hold="host"), {"org.example.Maze"}),
        (c.Complete(outcome=values.fetched(1)), {"org.example.Maze"}),
        (c.Complete(outcome=values.built(1)), set()),
        (c.Claim(worker="w", now_us=0), set()),
    ],
)
def test_a_decision_names_the_activities_it_rests_on(past: Past, command: c.Command, expected: set[str]):
    past.published()
    past.announced()
    past.works(made=Made(commit="d" * 40, bundle_id="org.example.Other"), until="reserve")
    assert activities_read(past.release(FIRST), command) == expected


class TestCancelling:
    CANCEL = c.Cancel(by="root", reason="it hangs")

    @pytest.mark.parametrize("until", ["fetch", "build", "inspect", "store:main", "publish"])
    def test_ends_the_run_whatever_it_is_at_and_frees_its_version(self, past: Past, until: str):
        past.announced()
        past.works(until=until)
        freed = ["version.freed"] if until in ("store:main", "publish") else []
        assert named(past.when(FIRST, self.CANCEL)) == ["release.cancelled", *freed]
        with pytest.raises(NothingDue):
            past.claimed()
        assert past.activity().reservations == {}

    def test_leaves_what_was_published(self, past: Past):
        past.published()
        past.announced()
        past.when(FIRST, self.CANCEL)
        assert past.release(FIRST).published
        assert past.activity().published[Version.parse("1")].live

    def test_of_what_is_not_on_its_way_says_why(self, past: Past):
        with pytest.raises(NotNow, match="nothing is known here"):
            past.when(FIRST, self.CANCEL)
        past.published()
        with pytest.raises(NotNow, match="its last run has ended, published"):
            past.when(FIRST, self.CANCEL)
        past.announced()
        past.when(FIRST, self.CANCEL)
        with pytest.raises(NotNow, match="cancelled already"):
            past.when(FIRST, self.CANCEL)


class TestLifting:
    LIFT = c.Lift(by="root", reason="all is well")

    @pytest.mark.parametrize("hold", ["host", "operator"])
    def test_lets_the_release_be_published_again(self, past: Past, hold: str):
        past.published()
        past.withdrawn(hold=hold)
        assert named(past.when(FIRST, self.LIFT)) == ["release.lifted", "version.lifted"]
        assert not past.activity().published[Version.parse("1")].live, "what was withdrawn stays so until it is published again"
        past.announced(trigger="retry")
        past.works()
        assert past.activity().published[Version.parse("1")].live

    def test_lets_another_release_of_the_same_bytes_be_published(self, past: Past):
        past.published()
        past.withdrawn(hold="operator")
        past.announced(SECOND)
        past.works(SECOND, until="reserve")
        assert rule_of(past, SECOND, c.Reserve(attempt=past.release(SECOND).attempt)) == "activity.version-held"
        past.when(FIRST, self.LIFT)
        past.works(SECOND)
        assert past.activity().published[Version.parse("1")].release == SECOND.stream

    def test_leaves_alone_what_another_release_has_published_since(self, past: Past):
        past.published()
        past.withdrawn(hold="host")
        past.when(FIRST, self.LIFT)
        past.published(SECOND)
        past.withdrawn(SECOND, hold="operator")
        with pytest.raises(NotNow, match="not on hold"):
            past.when(FIRST, self.LIFT)

    def test_of_what_is_not_held_says_so(self, past: Past):
        with pytest.raises(NotNow, match="nothing is known here"):
            past.when(FIRST, self.LIFT)
        past.published()
        with pytest.raises(NotNow, match="not on hold"):
            past.when(FIRST, self.LIFT)
