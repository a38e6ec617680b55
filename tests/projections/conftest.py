from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projector, Views
from aslo_core.testing.story import Story


@pytest.fixture
def log(migrated: Path, tmp_path: Path) -> Iterator[EventLog]:
    shutil.copy(migrated, tmp_path / "log.db")
    with EventLog.open(tmp_path / "log.db") as opened:
        yield opened


@pytest.fixture
def story(log: EventLog) -> Story:
    return Story(log)


@pytest.fixture
def projector(log: EventLog, tmp_path: Path) -> Iterator[Projector]:
    made = Projector(tmp_path / "views.db", log, PROJECTIONS)
    yield made
    made.close()


@pytest.fixture
def views(tmp_path: Path, projector: Projector) -> Iterator[Views]:
    opened = Views(tmp_path / "views.db")
    yield opened
    opened.close()
