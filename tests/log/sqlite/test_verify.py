"""Verification: whoever gets round the guards is found out."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aslo_core.events import Cause, DamagedBody, DeliveryIgnored
from aslo_core.log import Entry, EventLog
from aslo_core.log.sqlite.guards import GUARDS
from aslo_core.log.verify import Fault, verify

CAUSE = Cause(source="test", actor="test")


def event(reason: str) -> DeliveryIgnored:
    return DeliveryIgnored(trigger="push", reason=reason, body_digest="", body_size=0)


@pytest.fixture
def written(log: EventLog, log_path: Path) -> Path:
    """Four events: 0 (erased), 1 and 2 in a stream, 3 the record of the erasure; the bodies are long enough to be deflated."""
    events = log.append([Entry("delivery/a", event(3000 * letter)) for letter in "abc"], cause=CAUSE, key="k").events
    log.erase(events[0].id, "asked for", CAUSE)
    log.close()
    return log_path


def attack(path: Path, statement: str) -> tuple[Fault, ...]:
    """Change the file behind the guards' back, put them up again, and verify."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for guard in GUARDS:
            connection.execute(f"DROP TRIGGER {guard}")
        connection.executescript(statement)
        for create in GUARDS.values():
            connection.execute(create)
    return verify(path).faults


def test_a_good_log_has_no_faults(written: Path) -> None:
    report = verify(written)
    assert (report.events, report.erased, report.faults) == (4, 1, ())


def test_an_empty_log_has_no_faults(log_path: Path) -> None:
    report = verify(log_path)
    assert (report.events, report.erased, report.faults) == (0, 0, ())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "'0191e0c4-7c00-7000-8000-000000000001'"),
        ("id", "'no id'"),
        ("id", "upper(id)"),
        ("stream", "'delivery/b'"),
        ("version", "7"),
        ("type", "'delivery.refused'"),
        ("schema", "2"),
        ("recorded_us", "recorded_us + 1"),
        ("source", "'x'"),
        ("key", "'x'"),
        ("actor", "'x'"),
        ("correlation", "'x'"),
        ("causation", "'x'"),
        ("metadata", "CAST('{\"a\":1}' AS BLOB)"),
        ("metadata", "'{}'"),
        ("body_digest", "zeroblob(32)"),
        ("leaf", "zeroblob(32)"),
        ("actor", "CAST(actor AS BLOB)"),
    ],
)
def test_a_changed_column_is_found(written: Path, column: str, value: str) -> None:
    faults = attack(written, f"UPDATE events SET {column} = {value} WHERE position = 1")  # noqa: S608
    assert faults
    assert {fault.position for fault in faults} <= {1, 2}


@pytest.mark.parametrize(
    ("statement", "position", "found"),
    [
        ("DELETE FROM events WHERE position = 1; DELETE FROM bodies WHERE position = 1", 2, "position 1 was expected"),
        ("DELETE FROM events WHERE position = 1", 1, "there is a body without its event"),
        ("UPDATE events SET recorded_us = 0 WHERE position = 2", 2, "before that of the event before it"),
        ("DELETE FROM bodies WHERE position = 1", 1, "no event records its erasure"),
        ("UPDATE bodies SET deflated = x'ffff' WHERE position = 1", 1, "cannot be inflated"),
        ("UPDATE bodies SET size = 'many' WHERE position = 1", 1, "its size are not of the types"),
        ("UPDATE bodies SET size = 1 WHERE position = 1", 1, "recorded size of 1 bytes"),
        ("UPDATE bodies SET size = 10000 WHERE position = 1", 1, "recorded size of 10000 bytes"),
        ("UPDATE bodies SET deflated = CAST(deflated || x'00' AS BLOB) WHERE position = 1", 1, "recorded size"),
        ("UPDATE bodies SET salt = zeroblob(16) WHERE position = 1", 1, "its body is not the one that was recorded"),
        (
            "UPDATE bodies SET (size, deflated) = (SELECT size, deflated FROM bodies WHERE position = 2) WHERE position = 1",
            1,
            "its body is not the one that was recorded",
        ),
        ("INSERT INTO bodies SELECT 0, salt, size, deflated FROM bodies WHERE position = 1", 0, "still there"),
        ("UPDATE events SET stream = 'erasure/x' WHERE position = 3", 3, "of x, which is not in the log"),
        ("UPDATE events SET stream = 'erasure/x' WHERE position = 3", 3, "but stands in stream erasure/x"),
    ],
)
def test_each_kind_of_damage_is_named(written: Path, statement: str, position: int, found: str) -> None:
    faults = attack(written, statement)
    assert [fault for fault in faults if fault.position == position and found in fault.found]


@pytest.mark.parametrize("change", ["deflated = x'ffff'", "size = 'many'"])
def test_whoever_reads_a_damaged_body_is_told_where_it_is(written: Path, change: str) -> None:
    assert attack(written, f"UPDATE bodies SET {change} WHERE position = 1")  # noqa: S608
    with EventLog.open(written) as log:
        for reading in (log.read("delivery/a"), log.read_all()):
            with pytest.raises(DamagedBody, match=r"at position 1 is damaged: .*restore the log from the backup"):
                list(reading)


@pytest.mark.parametrize("position", [0, 1, 3])
def test_what_cannot_be_read_hides_nothing_else(written: Path, position: int) -> None:
    undecodable = f"UPDATE events SET actor = CAST(x'ff' AS TEXT) WHERE position = {position}"  # noqa: S608
    damaged = "UPDATE bodies SET deflated = x'ffff' WHERE position = 2"
    faults = attack(written, f"{undecodable}; {damaged}")
    assert [fault.position for fault in faults if "cannot be read" in fault.found] == [position]
    assert [fault.position for fault in faults if "cannot be inflated" in fault.found] == [2]
    assert not [fault for fault in faults if "was expected" in fault.found and "position" in fault.found]
    assert verify(written).events == 3


def test_damage_that_lies_together_is_told_in_one(written: Path) -> None:
    faults = attack(written, "UPDATE events SET actor = CAST(x'ff' AS TEXT) WHERE position < 3")
    assert [(fault.position, "up to position 2" in fault.found) for fault in faults if "cannot be read" in fault.found] == [
        (0, True)
    ]


def test_an_order_that_was_changed_is_found(written: Path) -> None:
    swap = "UPDATE events SET position = {} WHERE position = {};"
    faults = attack(written, swap.format(-5, 1) + swap.format(1, 2) + swap.format(2, -5))
    assert [fault for fault in faults if "of stream delivery/a" in fault.found]


def test_an_event_that_only_claims_an_erasure_is_found(written: Path) -> None:
    faults = attack(
        written,
        """
        UPDATE events SET stream = 'erasure/' || (SELECT id FROM events WHERE position = 2) WHERE position = 3;
        DELETE FROM bodies WHERE position = 2;
        """,
    )
    assert {fault.position for fault in faults} == {0, 3}


def test_a_damaged_file_is_found(written: Path) -> None:
    with closing(sqlite3.connect(written)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events_key'").fetchone()[0]
    with written.open("r+b") as file:
        file.seek((page - 1) * 4096 + 3)
        file.write(b"\x00\x00")
    assert "the file is damaged" in verify(written).faults[0].found


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder that whoever `verified_without_writing` runs as may read but not write."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755 if os.geteuid() == 0 else 0o555)
        yield Path(folder)
        Path(folder).chmod(0o755)


def verified_without_writing(path: Path) -> str:
    """Verify as somebody who may not write the folder; what is printed, or the error."""
    script = (
        "import os, sys; from pathlib import Path; from aslo_core.log.verify import verify; import aslo_core.log.sqlite.still\n"
        "if os.geteuid() == 0: os.setegid(65534); os.seteuid(65534)\n"
        "print(verify(Path(sys.argv[1])))"
    )
    ended = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, timeout=60, check=False)
    return ended.stdout + ended.stderr


def test_a_copy_can_be_verified_where_nothing_may_be_written(written: Path, locked_folder: Path) -> None:
    copy = Path(shutil.copy(written, locked_folder))
    copy.chmod(0o644)
    assert "events=4, erased=1, faults=()" in verified_without_writing(copy)
    assert [path.name for path in locked_folder.iterdir()] == ["log.db"]


def test_with_events_beside_it_that_cannot_be_read_there_it_says_so(written: Path, locked_folder: Path) -> None:
    copy = Path(shutil.copy(written, locked_folder))
    wal = copy.with_name("log.db-wal")
    wal.write_bytes(b"x" * 100)
    for file in (copy, wal):
        file.chmod(0o644)
    assert "copy it, with its log.db-wal, to a folder that you may write" in verified_without_writing(copy)
