from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.projections import PROJECTIONS, Projector, Views
from aslo_core.testing.story import Story

MEMORY = Path("/dev/shm")  # noqa: S108 - what is lost there in a power cut is a test's


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "log.db"
    upgrade(path)
    return path


@pytest.fixture
def log_path(migrated: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(shutil.copy(migrated, folder))


@pytest.fixture
def log(log_path: Path) -> Iterator[EventLog]:
    with EventLog.open(log_path) as opened:
        yield opened


@pytest.fixture
def story(log: EventLog) -> Story:
    return Story(log)


@pytest.fixture
def projector(log: EventLog, log_path: Path) -> Iterator[Projector]:
    made = Projector(log_path.parent / "views.db", log, PROJECTIONS)
    yield made
    made.close()


@pytest.fixture
def views(log_path: Path, projector: Projector) -> Iterator[Views]:
    projector.catch_up()
    opened = Views(log_path.parent / "views.db")
    yield opened
    opened.close()


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now_us: int = 2_000_000_000_000_000

    def __call__(self) -> int:
        return self.now_us

    def goes_on(self, seconds: float) -> None:
        self.now_us += int(seconds * 1_000_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    """What the program says, kept from the screen: showing a traceback takes longer than the test."""
    with capture_logs() as said:
        yield said
