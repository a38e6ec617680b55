from __future__ import annotations

import pytest
from structlog.typing import EventDict


@pytest.fixture(autouse=True)
def logs(logs: list[EventDict]) -> list[EventDict]:
    """Asked for or not, what the program says is kept from the screen."""
    return logs
