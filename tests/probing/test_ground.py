"""The log is tried without a write that stays, the broker is asked, and the disk looked at."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

import pytest

from aslo_core.log.migrations import upgrade
from aslo_core.probing.ground import probe_broker, probe_disk, probe_log
from aslo_core.testing.modes import obeyed


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.db"
    upgrade(path)
    return path


def test_a_log_that_can_be_written_is_good_and_as_it_was(log: Path) -> None:
    (row,) = probe_log(log, first=False)
    assert row.verdict == "good"
    with sqlite3.connect(log) as connection:
        assert connection.execute("SELECT count(*) FROM build_log_chunks").fetchone() == (0,)
    connection.close()


def test_a_log_that_may_not_be_written_is_bad(log: Path) -> None:
    log.chmod(0o400)
    with obeyed():
        (row,) = probe_log(log, first=False)
    assert (row.verdict, "check owner and mode" in row.found) == ("bad", True)


def test_a_log_without_its_guards_is_bad(log: Path) -> None:
    connection = sqlite3.connect(log)
    (trigger,) = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name LIMIT 1").fetchone()
    connection.execute(f"DROP TRIGGER {trigger}")
    connection.close()
    (row,) = probe_log(log, first=False)
    assert (row.verdict, trigger in row.found) == ("bad", True)


def test_a_log_that_is_to_be_made_is_good_and_not_made(tmp_path: Path) -> None:
    (row,) = probe_log(tmp_path / "log.db", first=True)
    assert (row.verdict, list(tmp_path.iterdir())) == ("good", [])


def test_a_broker_that_answers_is_good(redis_url: str) -> None:
    assert next(probe_broker(redis_url)).verdict == "good"


def test_a_broker_that_is_away_is_bad_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    row = next(probe_broker(f"redis://:hunter2@127.0.0.1:{port}/0"))
    assert (row.verdict, "hunter2" in repr(row)) == ("bad", False)


def test_a_disk_with_room_is_good_also_before_the_folder_is_there(tmp_path: Path) -> None:
    assert next(probe_disk(tmp_path / "a" / "b", needed=1)).verdict == "good"
    assert next(probe_disk(tmp_path, needed=1 << 62)).verdict == "bad"
