from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.typing import EventDict

from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projector, Views


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
def logs(logs: list[EventDict]) -> list[EventDict]:
    """Asked for or not, what the program says is kept from the screen."""
    return logs
