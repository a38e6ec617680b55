"""Logs for the tests: migrated once a session, copied for each test."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import aslo_core
from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade


@pytest.fixture(scope="session")
def empty_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "log.db"
    upgrade(path)
    return path


@pytest.fixture
def log_path(empty_log: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_log, tmp_path / "log.db"))


@pytest.fixture(params=["sqlite"])
def open_log(request: pytest.FixtureRequest, log_path: Path) -> Iterator[Callable[[], EventLog]]:
    """Opens the same log as often as it is called: each result stands for a process of its own."""
    opened: list[EventLog] = []

    def open_once_more() -> EventLog:
        opened.append(EventLog.open(log_path))
        return opened[-1]

    yield open_once_more
    for log in opened:
        log.close()


@pytest.fixture
def log(open_log: Callable[[], EventLog]) -> EventLog:
    return open_log()


@pytest.fixture
def start_appender(log_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes that append: `appender.py` with these arguments after the log's path."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {**os.environ, "PYTHONPATH": str(Path(aslo_core.__file__).parent.parent)}

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(Path(__file__).with_name("appender.py")), str(log_path), *arguments]
        started.append(subprocess.Popen(command, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
