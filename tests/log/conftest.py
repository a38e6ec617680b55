"""Logs for the tests: migrated once a session, copied for each test."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import aslo_core
from aslo_core.log import EventLog, Where


@pytest.fixture
def log_path(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "log.db"))


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest) -> Where:
    """Where an empty log is, on each database in turn."""
    where: Where = request.getfixturevalue("log_path" if request.param == "sqlite" else "postgres_where")
    return where


@pytest.fixture
def open_log(where: Where) -> Iterator[Callable[[], EventLog]]:
    """Opens the same log as often as it is called: each result stands for a process of its own."""
    opened: list[EventLog] = []

    def open_once_more() -> EventLog:
        opened.append(EventLog.open(where))
        return opened[-1]

    yield open_once_more
    for log in opened:
        log.close()


@pytest.fixture
def log(open_log: Callable[[], EventLog]) -> EventLog:
    return open_log()


@pytest.fixture
def start_appender(where: Where) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes that append: `appender.py` with these arguments after the log's path."""
    started: list[subprocess.Popen[bytes]] = []
    name = str(where) if isinstance(where, Path) else where.render_as_string(hide_password=False)
    environment = {**os.environ, "PYTHONPATH": str(Path(aslo_core.__file__).parent.parent)}

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(Path(__file__).with_name("appender.py")), name, *arguments]
        started.append(subprocess.Popen(command, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
