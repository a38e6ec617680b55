"""For all tests, the core's and those of the plugins in this repository."""

import logging
from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["aslo_core.testing.services", "aslo_core.testing.storage_matrix", "pytester"]


@pytest.fixture(autouse=True)
def messages_as_they_were() -> Iterator[None]:
    """A command that is run within a test's process sets up its messages; the next test finds nothing of that."""
    configure, root = structlog.configure, logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", lambda **given: configure(**{**given, "cache_logger_on_first_use": False}))
        yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
