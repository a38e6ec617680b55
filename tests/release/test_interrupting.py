"""Nothing holds up a worker: a run that ends is left at once, and what hangs is left after a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pytest

from aslo_core import events as e
from aslo_core.errors import Stopped
from aslo_core.log import Entry, EventLog, LogUnavailable
from aslo_core.release import commands as c
from aslo_core.release import endings as release_endings
from aslo_core.release import undertakings
from aslo_core.release.attempt import Attempt
from aslo_core.release.endings import Endings
from aslo_core.release.state import next_step
from aslo_core.testing import values
from aslo_core.testing.going_well import announce
from aslo_core.testing.workshop import ProcessBuilder
from aslo_core.types import BuildRequest, LogSink
from tests.release.conftest import CAUSE, RELEASE, Workshop

OTHER = values.announcement("2", "v1")
PATIENCE_S = 60
"""How long a test waits for what comes at once; no test needs any of it."""
CANCEL = c.Cancel(by="root", reason="it hangs")
ENDS = {
    "cancelled": CANCEL,
    "withdrawn": c.Withdraw(by="ada", reason="a mistake", hold="host"),
    "replaced": announce(RELEASE),
}


@dataclass
class Gate:
    """Where a plugin waits, the first time that it comes by."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    passed: bool = False

    def wait(self) -> None:
        if not self.passed:
            self.passed = True
            self.reached.set()
            assert self.opened.wait(PATIENCE_S)


class EndingBuilder(ProcessBuilder):
    """Waits in its first build until it is told to stop, and says when that was."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate()
        self.heeded = threading.Event()
        self.stop = threading.Event()

    def until(self, stop: threading.Event) -> Self:
        one = copy(self)
        one.stop = stop
        return one

    def build(self, request: BuildRequest, log: LogSink) -> None:
        if not self.gate.passed:
            self.gate.passed = True
            (request.bundle.parent / "half").write_text("half")
            self.gate.reached.set()
            assert self.stop.wait(PATIENCE_S)
            self.heeded.set()
            raise Stopped("told to")
        super().build(request, log)


@pytest.fixture
def builder(workshop: Workshop) -> EndingBuilder:
    builder = EndingBuilder()
    workshop.steps = replace(workshop.steps, builders={"sandbox": builder})
    return builder


@pytest.fixture
def hung_storage(workshop: Workshop) -> Iterator[Gate]:
    gate = Gate()
    workshop.main.fails = gate.wait
    yield gate
    gate.opened.set()


@contextmanager
def at_work(workshop: Workshop, stream: str = RELEASE.stream) -> Iterator[threading.Thread]:
    """A worker's thread at a release; at the end it has come back."""
    thread = threading.Thread(target=workshop.worker.work, args=(stream,))
    thread.start()
    yield thread
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "the worker's thread is held up"


def came_back(workshop: Workshop) -> None:
    """Wait for the threads that were left behind, which are named for what they do."""
    until = time.monotonic() + PATIENCE_S
    while any(RELEASE.stream in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < until, "a step that was left behind does not end"
        threading.Event().wait(0.001)
    assert workshop.worker.left_behind() == {}


@pytest.mark.parametrize("how", ["cancelled", "withdrawn"])
def test_a_build_ends_with_its_run_and_leaves_nothing(workshop: Workshop, builder: EndingBuilder, how: str):
    workshop.announced()
    with at_work(workshop):
        assert builder.gate.reached.wait(PATIENCE_S)
        workshop.desk.handle(RELEASE.stream, ENDS[how], cause=CAUSE)
    assert builder.heeded.is_set()
    assert (workshop.state().ended, workshop.workspaces(), workshop.worker.active()) == (how, [], frozenset())
    assert type(workshop.last()) in (e.ReleaseCancelled, e.ReleaseWithdrawn), "nothing is recorded of what was left"
    assert workshop.worker.left_behind() == {}


def test_a_newer_run_takes_the_place_of_one_that_is_built(workshop: Workshop, builder: EndingBuilder):
    workshop.announced()
    with at_work(workshop):
        assert builder.gate.reached.wait(PATIENCE_S)
        workshop.announced()
    assert builder.heeded.is_set()
    assert (workshop.state().run, workshop.state().ended, workshop.workspaces()) == (2, "published", [])


def test_another_process_ends_it_as_well(workshop: Workshop, builder: EndingBuilder, log_path: Path):
    """As `aslo release cancel` does."""
    workshop.announced()
    with at_work(workshop), EventLog.open(log_path) as elsewhere:
        assert builder.gate.reached.wait(PATIENCE_S)
        workshop.desk.__class__(elsewhere).handle(RELEASE.stream, CANCEL, cause=CAUSE)
    assert builder.heeded.is_set()


def test_a_retry_does_not_wait_for_what_hangs(workshop: Workshop, hung_storage: Gate):
    """What cannot be told to stop is left behind; what it comes to later counts no more, and it leaves nothing."""
    workshop.announced()
    with at_work(workshop):
        assert hung_storage.reached.wait(PATIENCE_S)
        workshop.desk.handle(RELEASE.stream, CANCEL, cause=CAUSE)
    assert workshop.worker.left_behind() == {"store:main": 1}
    workshop.announced()
    workshop.worker.work(RELEASE.stream)
    assert workshop.state().ended == "published"
    before = list(workshop.log.read_all())
    hung_storage.opened.set()
    came_back(workshop)
    assert list(workshop.log.read_all()) == before
    assert workshop.workspaces() == []


def test_what_hangs_is_given_up_and_holds_up_no_other_release(workshop: Workshop, hung_storage: Gate):
    workshop.announced()
    workshop.announced(OTHER)
    while next_step(workshop.state()) != "store:main":
        workshop.one_step()
    patient, workshop.steps = workshop.steps, replace(workshop.steps, step_seconds=0.05)
    workshop.worker.work(RELEASE.stream)
    assert workshop.state().open
    failed = workshop.of_type(e.StepFailed)[-1]
    assert (failed.step, failed.kind) == ("store:main", "transient")
    assert failed.error == "store:main was not done within 0.05 seconds, and was given up"
    workshop.steps = patient
    workshop.worker.work(OTHER.stream)
    assert workshop.state(OTHER).inspected is not None, "the other one is worked on"
    assert workshop.worker.left_behind() == {"store:main": 1}
    hung_storage.opened.set()
    came_back(workshop)
    assert workshop.works().ended == "published"


def test_no_more_threads_are_given_to_what_hangs(workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(undertakings, "LEFT_AT_MOST", 2)
    monkeypatch.setattr(undertakings, "END_S", 0)
    opened = threading.Event()
    workshop.source.fails = lambda: bool(opened.wait(PATIENCE_S)) or None
    workshop.steps = replace(workshop.steps, step_seconds=0)
    workshop.announced()
    for _ in range(3):
        workshop.worker.work(RELEASE.stream)
        workshop.now = workshop.state().retry_at_us
    assert workshop.worker.left_behind() == {"fetch": 2}
    assert "2 earlier attempts at fetch hang in this process" in workshop.of_type(e.StepFailed)[-1].error
    opened.set()
    came_back(workshop)


def test_the_end_of_the_process_ends_a_step_and_leaves_its_claim(workshop: Workshop, builder: EndingBuilder):
    """The next start gives that up, and does the step again."""
    workshop.announced()
    with at_work(workshop):
        assert builder.gate.reached.wait(PATIENCE_S)
        workshop.worker.interrupt()
    assert builder.heeded.is_set()
    assert (workshop.state().claimed, workshop.of_type(e.StepFailed)) == ("build", [])


def test_the_packing_of_a_source_ends_with_its_attempt(workshop: Workshop):
    """Also where the source's plugin cannot be told to."""
    workshop.announced()
    attempt = Attempt(1, lambda _: None)
    workshop.source.fails = attempt.stop.set
    with pytest.raises(Stopped):
        workshop.steps.fetch(workshop.state(), attempt)


def test_one_that_stops_by_itself_has_crashed(workshop: Workshop):
    workshop.builder.fails = raising_stopped
    workshop.announced()
    workshop.worker.work(RELEASE.stream)
    failed = workshop.of_type(e.StepFailed)[-1]
    assert (failed.kind, failed.error) == ("internal", "Stopped: nobody told me")


def raising_stopped() -> None:
    raise Stopped("nobody told me")


def test_who_rings_while_it_is_worked_on_is_heard_afterwards(workshop: Workshop, builder: EndingBuilder):
    """A retry may come while the worker still lets go of the run before."""
    removed = Gate()
    workshop.announced()
    overtaken = workshop.worker._overtaken

    def slowly(*told: object) -> object:
        after = overtaken(*told)  # type: ignore[arg-type]
        removed.wait()
        return after

    workshop.worker._overtaken = slowly  # type: ignore[method-assign, assignment]
    with at_work(workshop):
        assert builder.gate.reached.wait(PATIENCE_S)
        workshop.desk.handle(RELEASE.stream, CANCEL, cause=CAUSE)
        assert removed.reached.wait(PATIENCE_S)
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        removed.opened.set()
    assert (workshop.state().run, workshop.state().ended) == (2, "published")


class TestEndings:
    @pytest.fixture
    def endings(self, log: EventLog) -> Iterator[Endings]:
        endings = Endings(log)
        yield endings
        endings.close()

    @pytest.fixture
    def record(self, log: EventLog) -> Callable[[str], e.Recorded]:
        """Record that a run has ended."""

        def record(stream: str) -> e.Recorded:
            cancelled = e.ReleaseCancelled(by="root", reason="")
            return log.append([Entry(stream, cancelled)], cause=CAUSE).events[0]

        return record

    def test_tell_of_what_was_before_they_listened(self, endings: Endings, record: Callable[[str], e.Recorded]):
        version = record("release/a").version
        told = threading.Event()
        with endings.heard("release/a", version - 1, told.set):
            assert told.is_set()

    def test_tell_of_nothing_that_was_known(self, endings: Endings, record: Callable[[str], e.Recorded]):
        known, told, other = record("release/a").version, threading.Event(), threading.Event()
        with endings.heard("release/a", known, told.set), endings.heard("release/b", 0, other.set):
            record("release/b")
            assert other.wait(PATIENCE_S)
            assert not told.is_set()
            record("release/a")
            assert told.wait(PATIENCE_S)

    def test_hear_again_after_events_they_cannot_read_and_a_log_that_was_away(
        self, log: EventLog, record: Callable[[str], e.Recorded], monkeypatch: pytest.MonkeyPatch
    ):
        troubles = iter((LookupError("of a newer ASLO"), LogUnavailable("away")))
        troubled, told = threading.Event(), threading.Event()
        tail, head = log.tail, log.head

        def troubled_tail(*asked: Any, **named: Any) -> Iterator[e.Recorded]:
            if trouble := next(troubles, None):
                monkeypatch.setattr(log, "head", away)
                raise trouble
            return tail(*asked, **named)

        def away() -> int:
            monkeypatch.setattr(log, "head", head)
            troubled.set()
            raise LogUnavailable("away")

        monkeypatch.setattr(log, "tail", troubled_tail)
        monkeypatch.setattr(release_endings, "_AGAIN_S", 0.01)
        endings = Endings(log)
        with endings.heard("release/a", 0, told.set):
            assert troubled.wait(PATIENCE_S)
            record("release/b")
            while not told.wait(0.05):
                record("release/a")  # it listens from now on, whenever that is
        endings.close()

    def test_tell_whoever_asks_later(self, endings: Endings, record: Callable[[str], e.Recorded]):
        for _ in range(3):
            told = threading.Event()
            with endings.heard("release/a", record("release/a").version, told.set):
                record("release/a")
                assert told.wait(PATIENCE_S)
