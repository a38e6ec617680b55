from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.testing.story import Story


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "log.db"
    upgrade(path)
    return path


@pytest.fixture
def log(migrated: Path, tmp_path: Path) -> Iterator[EventLog]:
    shutil.copy(migrated, tmp_path / "log.db")
    with EventLog.open(tmp_path / "log.db") as opened:
        yield opened


@pytest.fixture
def story(log: EventLog) -> Story:
    return Story(log)
