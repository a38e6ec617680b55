from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projector, Views


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
