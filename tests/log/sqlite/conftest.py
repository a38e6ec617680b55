"""Here the log is a file."""

from pathlib import Path

import pytest


@pytest.fixture
def where(log_path: Path) -> Path:
    return log_path
