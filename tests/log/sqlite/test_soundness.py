"""A damaged file is refused when it is opened, without reading all of it."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Entry, EventLog, LogNotReady, LogUnavailable
from aslo_core.log.sqlite.guards import GUARDS
from aslo_core.log.verify import verify

CAUSE = Cause(source="test", actor="test")
PAGE = 4096

APPEND_AND_DIE = """
import os, signal, sys
from pathlib import Path
from aslo_core.log import EventLog
from tests.log.sqlite.test_soundness import fill

fill(EventLog.open(Path(sys.argv[1])), int(sys.argv[2]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def fill(log: EventLog, count: int) -> None:
    """Append events of more than a page each."""
    reasons = ("".join(chr(0x4E00 + (index * 7919 + number * 31) % 20000) for index in range(1500)) for number in range(count))
    ignored = (DeliveryIgnored(trigger="push", reason=reason, body_digest="", body_size=0) for reason in reasons)
    log.append([Entry("delivery/a", event) for event in ignored], cause=CAUSE)


@pytest.fixture
def filled(log_path: Path) -> Path:
    with EventLog.open(log_path) as log:
        fill(log, 60)
    return log_path


def left_by_a_kill(path: Path, count: int) -> Path:
    """Append in a process that is killed, which leaves a write-ahead log."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", APPEND_AND_DIE, str(path), str(count)]
    assert subprocess.run(command, cwd=root, check=False).returncode == -signal.SIGKILL
    assert path.with_name("log.db-wal").stat().st_size > count * PAGE
    return path


def cut(path: Path, pages: int) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - pages * PAGE)


@pytest.mark.parametrize("pages", [1, 20])
def test_a_file_that_was_cut_off(filled: Path, pages: int) -> None:
    cut(filled, pages)
    with pytest.raises(LogUnavailable, match=r"log\.db is not available: it is damaged: .* restore log\.db from the backup"):
        EventLog.open(filled)


def test_a_file_that_was_cut_off_beside_its_write_ahead_log(filled: Path) -> None:
    left_by_a_kill(filled, 2)
    cut(filled, 20)
    expected = r"log\.db is damaged \(\d+ of its pages are not there: it was cut off\): .* restore the log from the backup"
    with pytest.raises(LogNotReady, match=expected):
        EventLog.open(filled)


def test_pages_that_are_in_the_write_ahead_log_alone_are_there(log_path: Path, tmp_path: Path) -> None:
    left_by_a_kill(log_path, 60)
    size = log_path.stat().st_size
    with EventLog.open(log_path) as log, closing(sqlite3.connect(log_path)) as other:
        (pages,) = other.execute("PRAGMA page_count").fetchone()
        assert size < pages * PAGE, "the write-ahead log should hold what is not in the file"
        assert log.head() == 59
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(log_path, copy / "log.db")
    assert verify(copy / "log.db").faults == ()


@pytest.mark.parametrize("position", [0, 59])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE events SET actor = 'somebody else' WHERE position = ?", "its leaf is"),
        ("UPDATE bodies SET deflated = x'00' WHERE position = ?", "body does not inflate"),
        ("UPDATE bodies SET salt = x'00' WHERE position = ?", "its body is not the one that was recorded"),
        ("UPDATE events SET metadata = 7 WHERE position = ?", "its metadata are not of the types"),
    ],
)
def test_an_end_of_the_log_that_is_not_what_was_recorded(filled: Path, position: int, change: str, found: str) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        for name in GUARDS:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(change, (position,))
        for statement in GUARDS.values():
            connection.execute(statement)
        connection.commit()
    with pytest.raises(LogNotReady, match=rf"the event at position {position} is not as it was recorded: {found}"):
        EventLog.open(filled)


def test_it_costs_the_same_however_long_the_log_is(filled: Path) -> None:
    def reads() -> int:
        script = (
            "import resource, sys; from pathlib import Path; from aslo_core.log import EventLog;"
            "EventLog.open(Path(sys.argv[1])).close(); print(open('/proc/self/io').read())"
        )
        said = subprocess.run([sys.executable, "-c", script, str(filled)], capture_output=True, text=True, check=True).stdout
        return int(said.split("rchar:")[1].split()[0])

    before = reads()
    with EventLog.open(filled) as log:
        fill(log, 400)
    grown = filled.stat().st_size
    assert grown > 400 * PAGE
    assert reads() - before < grown / 10
