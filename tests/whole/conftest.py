from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.demo.reading import eventually
from examples.demo.stage import Stage, stage


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Stage]:
    """A double of GitHub and a real `aslo serve`."""
    with stage(tmp_path / "stage") as made:
        eventually(f"{made.url}/readyz", "ready")
        yield made
