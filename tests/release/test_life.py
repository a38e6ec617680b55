"""The life of releases as a state machine: whatever happens in whatever order, the rules hold.

What the desk writes is read back from a real log and held against `Rules`, which knows nothing of how it was decided.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aslo_core import events as e
from aslo_core.errors import Permanent, Transient
from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.release import activity, erasure
from aslo_core.release import commands as c
from aslo_core.release.decide import NothingDue, NotNow, StaleAttempt
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.ownership import ActivityDesk, lift, transfer
from aslo_core.release.state import ReleaseState, next_step
from aslo_core.testing import values
from aslo_core.testing.going_well import Made, announce, done
from aslo_core.types import Announcement
from tests.release.rules import Rules

CAUSE = e.Cause(source="test", actor="test")
MEMORY = Path("/dev/shm")  # noqa: S108 - what is lost there in a power cut is a test's
REPOSITORIES = {0: "1", 1: "1", 2: "2"}
"""Two releases of one repository, and one of another that wants the same activity."""
NUMBERS = st.sampled_from(sorted(REPOSITORIES))
MADE = st.builds(
    Made,
    commit=st.sampled_from(["c" * 40, "d" * 40]),
    version=st.sampled_from(["1", "1.0", "2"]),
    content=st.sampled_from(["one", "one", "two"]),
    asset=st.booleans(),
)


@functools.cache
def migrated() -> Path:
    path = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None)) / "log.db"
    upgrade(path)
    return path


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.log = EventLog.open(Path(shutil.copy(migrated(), self.folder.name)))
        self.desk = ReleaseDesk(self.log)
        self.rules = Rules()
        self.activity = self.rules.activities[activity.activity_stream(Made().bundle_id)]
        self.heard = -1
        self.now = 1_000_000
        self.lost: list[tuple[str, c.Command]] = []

    def teardown(self) -> None:
        self.log.close()
        self.folder.cleanup()

    @invariant()
    def the_rules_hold(self) -> None:
        for recorded in self.log.read_all(self.heard):
            self.rules.hear(recorded)
            self.heard = recorded.position
        self.rules.look()

    def announced(self, which: int) -> Announcement:
        repository = values.repository(REPOSITORIES[which], name=f"repository-{REPOSITORIES[which]}")
        return values.announcement(str(which), of=repository)

    def state(self, which: int) -> ReleaseState:
        return self.desk.load(self.announced(which).stream)

    def do(self, which: int, command: c.Command) -> ReleaseState:
        return self.desk.handle(self.announced(which).stream, command, cause=CAUSE)

    @initialize(first=st.none() | MADE)
    def something_is_published(self, first: Made | None) -> None:
        if first is None:
            return
        self.announce(0, "published")
        self.work_well(0, 9, first)
        assert self.state(0).ended == "published"

    @rule(which=NUMBERS, trigger=st.sampled_from(["published", "published", "edited", "retry", "submitted"]))
    def announce(self, which: int, trigger: str) -> None:
        before = self.state(which)
        try:
            after = self.do(which, announce(self.announced(which), trigger))
        except NotNow:
            assert trigger != "published" or before.hold == "operator"
            return
        assert before.hold in ("", "host" if trigger == "published" else "")
        assert (after.run, after.hold, next_step(after)) == (before.run + 1, "", "fetch")

    @rule(which=NUMBERS, hold=st.sampled_from(["host", "host", "operator"]))
    def withdraw(self, which: int, hold: str) -> None:
        before = self.state(which)
        try:
            after = self.do(which, c.Withdraw(by="ada", reason="a mistake", hold=hold))
        except NotNow:
            assert before.run == 0 or before.hold in (hold, "operator")
            return
        self.the_rules_hold()
        assert (after.ended, after.hold, after.published) == ("withdrawn", hold, ())
        assert after.stream not in self.activity.live.values(), "a withdrawn release can still be downloaded"
        for version, release in self.activity.last.items():
            assert release != after.stream or self.activity.held[version], "a withdrawn version is not on hold"

    @rule(which=NUMBERS)
    def cancel(self, which: int) -> None:
        before = self.state(which)
        try:
            after = self.do(which, c.Cancel(by="root", reason="it hangs"))
        except NotNow:
            assert not before.open
            return
        assert (after.ended, after.claimed, after.published) == ("cancelled", None, before.published)
        if before.claimed is not None:
            self.lost.append((before.stream, c.Reject(attempt=before.attempt, rule="x.y", found="", cure="")))
            self.the_lost_come_back()

    @rule(which=NUMBERS)
    def lift_the_release(self, which: int) -> None:
        before = self.state(which)
        try:
            after = self.do(which, c.Lift(by="root", reason="all is well"))
        except NotNow:
            assert not before.hold
            return
        self.the_rules_hold()
        assert (after.hold, after.ended, after.run) == ("", before.ended, before.run)
        for version, release in self.activity.last.items():
            assert release != after.stream or version not in self.activity.held, "a version stays on hold"

    @rule(which=NUMBERS, steps=st.integers(1, 9), made=MADE)
    def work_well(self, which: int, steps: int, made: Made) -> None:
        """Some steps in a row go well; the last claim stays open, so that something may befall it."""
        state = self.state(which)
        for _ in range(steps):
            state = self.claim(state, which)
            if state.claimed is None:
                return
            state = self.finish(state, which, made)
        self.claim(state, which)

    @rule(first=MADE, second=st.none() | MADE, which=st.sampled_from([(0, 1), (1, 0), (0, 2), (2, 1)]))
    def two_at_once(self, first: Made, second: Made | None, which: tuple[int, int]) -> None:
        """Two releases come to publishing side by side, step by step, alike or not."""
        for one in which:
            self.announce(one, "published")
        states = {one: self.state(one) for one in which}
        for _ in range(8):
            for one, made in zip(states, (first, second or first), strict=True):
                states[one] = self.claim(states[one], one)
                if states[one].claimed is not None:
                    states[one] = self.finish(states[one], one, made)

    @rule(which=NUMBERS, made=MADE, end=st.sampled_from(["announced", "withdrawn", "rejected"]))
    def a_run_ends_while_it_holds_a_version(self, which: int, made: Made, end: str) -> None:
        self.announce(which, "published")
        state = self.state(which)
        while state.open and not state.cleared:
            state = self.finish(self.claim(state, which), which, made)
        if end == "announced":
            self.announce(which, "published")
        elif end == "withdrawn":
            self.withdraw(which, "host")
        elif state.open:
            state = self.claim(state, which)
            self.do(which, c.Reject(attempt=state.attempt, rule="x.y", found="", cure=""))

    def claim(self, state: ReleaseState, which: int) -> ReleaseState:
        self.now = max(self.now, state.retry_at_us)
        if state.claimed is None and next_step(state) is not None:
            return self.do(which, c.Claim(worker="w", now_us=self.now))
        return state

    def finish(self, state: ReleaseState, which: int, made: Made) -> ReleaseState:
        try:
            return self.do(which, done(state, made))
        except Permanent as reason:
            return self.do(which, c.Reject(attempt=state.attempt, rule=reason.rule, found=reason.found, cure=reason.cure))
        except Transient:
            return self.fail(state, which, "transient")

    @rule(which=NUMBERS, kind=st.sampled_from(["transient", "internal"]))
    def come_to_nothing(self, which: int, kind: Literal["transient", "internal"]) -> None:
        state = self.state(which)
        if state.claimed is not None:
            self.fail(state, which, kind)

    def fail(self, state: ReleaseState, which: int, kind: Literal["transient", "internal"]) -> ReleaseState:
        failed = c.Fail(attempt=state.attempt, kind=kind, error="the peer is away", now_us=self.now, jitter=0.5)
        after = self.do(which, failed)
        assert after.ended == "failed" or after.retry_at_us > self.now
        return after

    @rule(which=NUMBERS)
    def claim_too_early_or_twice(self, which: int) -> None:
        before = self.state(which)
        if before.claimed is None and before.open and before.retry_at_us <= self.now:
            return
        with suppress(NothingDue):
            self.do(which, c.Claim(worker="another", now_us=self.now))
            raise AssertionError("a step was claimed that was not due")

    @rule(which=NUMBERS, made=MADE)
    def a_worker_is_lost_and_comes_back(self, which: int, made: Made) -> None:
        """What an attempt did that was given up counts for nothing, though another works on the same step now."""
        if not self.state(which).open:
            self.announce(which, "published")
        before = self.claim(self.state(which), which)
        if before.claimed is None:
            return
        late = done(before, made)
        if self.do(which, c.Abandon(attempt=before.attempt, reason="killed")).open:
            self.do(which, c.Claim(worker="another", now_us=self.now))
        self.lost += [
            (before.stream, late),
            (before.stream, c.Reject(attempt=before.attempt, rule="x.y", found="", cure="")),
            (before.stream, c.Fail(attempt=before.attempt, kind="internal", error="", now_us=self.now, jitter=0)),
            (before.stream, c.Abandon(attempt=before.attempt, reason="killed again")),
        ]
        self.the_lost_come_back()

    @rule()
    def the_lost_come_back(self) -> None:
        for stream, command in self.lost[-4:]:
            with suppress(StaleAttempt):
                self.desk.handle(stream, command, cause=CAUSE)
                raise AssertionError(f"{command} of a lost attempt was taken")

    @rule(chosen=st.integers(0, 10_000))
    def a_body_is_erased(self, chosen: int) -> None:
        """Any body at all: who owns what, what is published, held and reserved, outlives it."""
        events = [recorded for recorded in self.log.read_all() if not recorded.stream.startswith("erasure/")]
        if not events:
            return
        recorded = events[chosen % len(events)]
        before = self.decided()
        if recorded.stream.startswith("release/") and self.desk.load(recorded.stream).open:
            with pytest.raises(Permanent, match=r"log\.erasure-too-early"):
                erasure.erase(self.log, recorded, "asked for", CAUSE)
        else:
            erasure.erase(self.log, recorded, "asked for", CAUSE)
            erased = self.log.find(recorded.id)
            assert erased is not None
            assert erased.event is None
        assert self.decided() == before

    def decided(self) -> list[object]:
        """All that decisions rest on, without what names persons."""
        stream = activity.activity_stream(Made().bundle_id)
        known: list[object] = [activity.restate(activity.fold(stream, self.log.read(stream)))]
        for which in REPOSITORIES:
            state = self.state(which)
            known.append(
                (
                    state.run,
                    state.attempt,
                    state.claimed,
                    state.ended,
                    state.hold,
                    state.published,
                    state.withdrawn,
                    next_step(state),
                )
            )
        return known

    @rule(which=NUMBERS, made=MADE)
    def an_attached_bundle_is_refused(self, which: int, made: Made) -> None:
        state = self.state(which)
        while state.open and next_step(state) in ("fetch", "take", "inspect"):
            state = self.claim(state, which)
            if state.claimed == "inspect" and state.takes_asset:
                after = self.do(which, c.SetAside(attempt=state.attempt, rule="bundle.x", found="", cure=""))
                assert (next_step(after), after.bundle) == ("build", None)
                return
            state = self.finish(state, which, made)

    @rule(to=st.sampled_from(sorted(set(REPOSITORIES.values()))))
    def the_activity_is_transferred(self, to: str) -> None:
        repository = values.repository(to, name=f"repository-{to}")
        with suppress(NotNow):
            ActivityDesk(self.log).decide(Made().bundle_id, lambda state: transfer(state, repository, "root", ""), CAUSE)

    @rule(version=st.sampled_from(["1", "2"]))
    def a_hold_is_lifted(self, version: str) -> None:
        with suppress(NotNow):
            ActivityDesk(self.log).decide(Made().bundle_id, lambda state: lift(state, version, "root", ""), CAUSE)

    @rule(seconds=st.integers(1, 700))
    def time_goes_by(self, seconds: int) -> None:
        self.now += seconds * 1_000_000


# A failing life has few steps as it is; to shrink it would take minutes.
Life.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
TestLife = Life.TestCase
