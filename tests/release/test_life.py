"""The life of releases as a state machine: whatever happens in whatever order, the rules hold."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aslo_core import events as e
from aslo_core.errors import Permanent, Transient
from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.release import activity as activities
from aslo_core.release import commands as c
from aslo_core.release.activity import activity_stream
from aslo_core.release.decide import NothingDue, NotNow, StaleAttempt
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.state import ReleaseState, next_step
from aslo_core.testing import values

TERMINAL = (
    e.ReleasePublished,
    e.ReleaseUnchanged,
    e.ReleaseRejected,
    e.ReleaseFailed,
    e.ReleaseCancelled,
    e.ReleaseWithdrawn,
)
CAUSE = e.Cause(source="test", actor="test")
MEMORY = Path("/dev/shm")  # noqa: S108 - what is lost there in a power cut is a test's
RELEASES = st.integers(0, 2)
VERSIONS = st.sampled_from(["1", "1.0", "2"])
COMMITS = st.sampled_from(["c" * 40, "c" * 40, "d" * 40])
BUNDLES = st.sampled_from(["one", "two"])
REPOSITORIES = {0: "1", 1: "1", 2: "2"}
"""Two releases of one repository, and one of another that wants the same activity."""


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        path = Path(self.folder.name) / "log.db"
        upgrade(path)
        self.log = EventLog.open(path)
        self.desk = ReleaseDesk(self.log)
        self.now = 1_000_000
        self.given_up: list[tuple[str, int]] = []

    def teardown(self) -> None:
        self.log.close()
        self.folder.cleanup()

    def announced(self, number: int):
        repository = values.repository(REPOSITORIES[number], name=f"repository-{REPOSITORIES[number]}")
        return values.announcement(str(number), of=repository)

    def state(self, number: int) -> ReleaseState:
        return self.desk.load(self.announced(number).stream)

    def do(self, number: int, command: c.Command) -> None:
        self.desk.handle(self.announced(number).stream, command, cause=CAUSE)

    @rule(number=RELEASES, trigger=st.sampled_from(["published", "published", "edited", "retry"]))
    def announce(self, number: int, trigger: str) -> None:
        before = self.state(number)
        command = c.Announce(
            trigger=trigger,
            announcement=self.announced(number),
            builder="sandbox",
            notifiers=("github",),
            storages=("main", "mirror"),
        )
        try:
            self.do(number, command)
        except NotNow:
            assert trigger != "published" or before.hold == "operator"
            return
        assert self.state(number).run == before.run + 1
        assert next_step(self.state(number)) == "fetch"

    @rule(number=RELEASES, hold=st.sampled_from(["host", "operator"]))
    def withdraw(self, number: int, hold: str) -> None:
        before = self.state(number)
        try:
            self.do(number, c.Withdraw(by="ada", reason="a mistake", hold=hold))
        except NotNow:
            assert before.run == 0 or before.ended == "withdrawn"
            return
        assert self.state(number).published is None

    @rule(number=RELEASES)
    def claim(self, number: int) -> None:
        before = self.state(number)
        try:
            self.do(number, c.Claim(worker="w", now_us=self.now))
        except NothingDue:
            assert not before.open or before.claimed or before.retry_at_us > self.now
            return
        after = self.state(number)
        assert (after.attempt, after.claimed) == (before.attempt + 1, next_step(before))

    @rule(number=RELEASES, steps=st.integers(1, 9), version=VERSIONS, bundle=BUNDLES, commit=COMMITS)
    def work_well(self, number: int, steps: int, version: str, bundle: str, commit: str) -> None:
        """Some steps in a row go well; the last claim stays open, so that something may befall it."""
        for _ in range(steps):
            state = self.state(number)
            self.now = max(self.now, state.retry_at_us)
            if next_step(state) is None:
                return
            if state.claimed is None:
                self.do(number, c.Claim(worker="w", now_us=self.now))
            self.go_on(number, version, bundle, commit)
        if next_step(self.state(number)) is not None and self.state(number).retry_at_us <= self.now:
            self.do(number, c.Claim(worker="w", now_us=self.now))

    def go_on(self, number: int, version: str, bundle: str, commit: str) -> None:
        state = self.state(number)
        step, _, name = (state.claimed or "").partition(":")
        attempt = state.attempt
        described = values.metadata(version=version)
        match step:
            case "fetch":
                self.do(number, c.Complete(outcome=values.fetched(attempt, commit)))
            case "build":
                self.do(number, c.Complete(outcome=values.built(attempt, values.blob(bundle))))
            case "inspect":
                self.do(number, c.Complete(outcome=values.inspected(attempt, described)))
            case "store":
                stored = e.BundleStored(attempt=attempt, storage=name, objects=())
                self.do(number, c.Complete(outcome=stored))
            case "publish":
                self.do(number, c.Publish(attempt=attempt))
                assert self.state(number).published is not None
            case "reserve":
                self.reserve(number, attempt)

    def reserve(self, number: int, attempt: int) -> None:
        try:
            self.do(number, c.Reserve(attempt=attempt))
        except Permanent as reason:
            self.do(number, c.Reject(attempt=attempt, rule=reason.rule, found=reason.found, cure=reason.cure))
        except Transient as reason:
            self.fail(number, attempt, "transient", str(reason))

    def fail(self, number: int, attempt: int, kind: str, error: str) -> None:
        command = c.Fail(attempt=attempt, kind=kind, error=error, now_us=self.now, jitter=0.5)
        self.do(number, command)

    @rule(number=RELEASES, kind=st.sampled_from(["transient", "internal"]))
    def come_to_nothing(self, number: int, kind: str) -> None:
        state = self.state(number)
        if state.claimed is None:
            return
        self.fail(number, state.attempt, kind, "the peer is away")
        after = self.state(number)
        assert after.ended == "failed" or after.retry_at_us > self.now

    @rule(number=RELEASES)
    def worker_dies(self, number: int) -> None:
        state = self.state(number)
        if state.claimed is None:
            return
        self.do(number, c.Abandon(attempt=state.attempt, reason="killed"))
        self.given_up.append((state.stream, state.attempt))
        self.do(number, c.Claim(worker="another", now_us=self.now))

    @rule(number=RELEASES, data=st.data())
    def a_dead_worker_comes_back(self, number: int, data: st.DataObject) -> None:
        """An attempt that was given up can record nothing, whatever it did."""
        mine = [attempt for stream, attempt in self.given_up if stream == self.announced(number).stream]
        if not mine:
            return
        attempt = data.draw(st.sampled_from(mine))
        before = self.state(number)
        for command in (
            c.Complete(outcome=values.built(attempt)),
            c.Publish(attempt=attempt),
            c.Reject(attempt=attempt, rule="x.y", found="", cure=""),
        ):
            try:
                self.do(number, command)
            except StaleAttempt:
                continue
            raise AssertionError(f"{command} of a dead attempt was taken")
        assert self.state(number) == before

    @rule(seconds=st.integers(1, 700))
    def time_goes_by(self, seconds: int) -> None:
        self.now += seconds * 1_000_000

    @invariant()
    def every_run_has_one_end_at_most(self) -> None:
        for number in range(3):
            ends = Counter()
            run = 0
            published = False
            for recorded in self.log.read(self.announced(number).stream):
                if isinstance(recorded.event, e.ReleaseAnnounced):
                    assert recorded.event.run == run + 1
                    run = recorded.event.run
                    published = False
                elif isinstance(recorded.event, TERMINAL):
                    withdrawn_later = isinstance(recorded.event, e.ReleaseWithdrawn) and ends[run]
                    ends[run] += 0 if withdrawn_later else 1
                    assert not (isinstance(recorded.event, e.ReleasePublished) and published)
                    published |= isinstance(recorded.event, e.ReleasePublished)
            assert all(count <= 1 for count in ends.values())
            assert all(ends[earlier] == 1 for earlier in range(1, run))

    @invariant()
    def attempts_grow(self) -> None:
        for number in range(3):
            attempts = [
                recorded.event.attempt
                for recorded in self.log.read(self.announced(number).stream)
                if isinstance(recorded.event, e.StepClaimed)
            ]
            assert attempts == list(range(1, len(attempts) + 1))

    @invariant()
    def a_version_never_changes_and_one_repository_owns_it(self) -> None:
        digests: dict[str, str] = {}
        owners: set[str] = set()
        for recorded in self.log.read(activity_stream("org.example.Maze")):
            if isinstance(recorded.event, e.VersionPublished):
                canonical = recorded.event.version.removesuffix(".0")
                assert digests.setdefault(canonical, recorded.event.bundle.digest) == recorded.event.bundle.digest
                owners.add(recorded.event.repository.id)
        assert len(owners) <= 1

    @invariant()
    def reservations_are_held_by_open_runs_alone(self) -> None:
        stream = activity_stream("org.example.Maze")
        state = activities.fold(stream, self.log.read(stream))
        open_runs = {(s.stream, s.run) for s in map(self.state, range(3)) if s.open and s.cleared}
        assert {(held.release, held.run) for held in state.reservations} == open_runs
        assert len({held.version.removesuffix(".0") for held in state.reservations}) == len(state.reservations)


Life.TestCase.settings = settings(
    max_examples=40, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLife = Life.TestCase
