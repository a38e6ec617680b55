from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.log import EventLog
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.receipts import Backend
from aslo_core.release.activity import activity_stream
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.endings import Endings
from aslo_core.release.policy import Policy
from aslo_core.release.state import ReleaseState
from aslo_core.release.steps import Steps
from aslo_core.release.worker import Worker
from aslo_core.testing import values
from aslo_core.testing.going_well import announce
from aslo_core.testing.shelf import Shelf
from aslo_core.testing.workshop import FolderSource, ProcessBuilder
from aslo_core.types import Announcement, BuildLimits

EXAMPLE = Path(__file__).parents[2] / "examples" / "star-map"
RELEASE = values.announcement("1", "v1")
CAUSE = e.Cause(source="test", actor="test")


@dataclass
class Workshop:
    """One worker with all that it needs."""

    folder: Path
    log: EventLog
    build_logs: BuildLogs
    source: FolderSource
    builder: ProcessBuilder = field(default_factory=ProcessBuilder)
    main: Shelf = field(default_factory=Shelf)
    mirror: Shelf = field(default_factory=Shelf)
    now: int = 1_000_000_000

    def __post_init__(self) -> None:
        self.desk = ReleaseDesk(self.log)
        self.endings = Endings(self.log)
        self.steps = Steps(
            sources={"github": self.source},
            builders={"sandbox": self.builder},
            storages={"main": Backend("main", self.main), "mirror": Backend("mirror", self.mirror)},
            build_limits=BuildLimits(),
            inspection_limits=InspectionLimits(),
            work=self.folder / "work",
            policy=Policy(),
        )
        self.worker = self.another("w")

    def another(self, name: str, may_claim: Callable[[], bool] = lambda: True) -> Worker:
        return Worker(
            self.desk, lambda: self.steps, self.build_logs, name, self.endings, clock=lambda: self.now, may_claim=may_claim
        )

    def on_another_machine(self, folder: Path) -> Worker:
        """Another worker, with workspaces of its own."""
        steps = replace(self.steps, work=folder)
        return Worker(self.desk, lambda: steps, self.build_logs, "there", self.endings, clock=lambda: self.now)

    def announced(self, release: Announcement = RELEASE) -> str:
        self.desk.handle(release.stream, announce(release), cause=CAUSE)
        return release.stream

    def works(self, release: Announcement = RELEASE) -> ReleaseState:
        """Work, and again whenever an attempt has to wait, until the run has ended."""
        while (state := self.state(release)).open:
            self.now = max(self.now, state.retry_at_us)
            self.worker.work(release.stream)
        return state

    def state(self, release: Announcement = RELEASE) -> ReleaseState:
        return self.desk.load(release.stream)

    def last(self, release: Announcement = RELEASE) -> e.Event | None:
        return list(self.log.read(release.stream))[-1].event

    def of_type(self, kind: type[e.EventT], release: Announcement = RELEASE) -> list[e.EventT]:
        return [recorded.event for recorded in self.log.read(release.stream) if isinstance(recorded.event, kind)]

    def version(self) -> e.VersionPublished:
        """The version that was published last."""
        stream = activity_stream("org.aslo.StarMap")
        events = [recorded.event for recorded in self.log.read(stream)]
        return [event for event in events if isinstance(event, e.VersionPublished)][-1]

    def one_step(self) -> None:
        """Have the next step done, by another worker that may claim once."""
        claims = iter([True])
        self.another("once", lambda: next(claims, False)).work(RELEASE.stream)

    def said(self, attempt: int) -> str:
        return b"".join(data for _, data in self.build_logs.read(RELEASE.stream, attempt)).decode()

    def workspaces(self) -> list[Path]:
        work = self.folder / "work"
        return sorted(work.iterdir()) if work.is_dir() else []

    def lose_the_source(self) -> None:
        (self.workspaces()[0] / "source.tar").unlink()

    def before(self, step: str, act: Callable[[], None]) -> None:
        """Work until that step is next, and do something before it is done."""
        self.announced()
        performed = self.worker._perform

        def perform(steps: Steps, state: ReleaseState, attempt: int) -> ReleaseState:
            if state.claimed == step:
                self.worker._perform = performed  # type: ignore[method-assign]
                act()
            return performed(steps, state, attempt)

        self.worker._perform = perform  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def logs(logs: list[EventDict]) -> list[EventDict]:
    """Asked for or not, what the program says is kept from the screen."""
    return logs


@pytest.fixture
def workshop(log: EventLog, log_path: Path, tmp_path: Path) -> Iterator[Workshop]:
    tree = tmp_path / "host"
    shutil.copytree(EXAMPLE, tree)
    build_logs = BuildLogs(log_path)
    workshop = Workshop(tmp_path, log, build_logs, FolderSource(tree))
    yield workshop
    workshop.endings.close()
    build_logs.close()
