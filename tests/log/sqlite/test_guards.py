"""Attacks on the log, one by one, by somebody who has the file open: the database itself refuses them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Entry, EventLog, LogNotReady
from aslo_core.log.sqlite.guards import GUARDS
from aslo_core.log.verify import verify

CAUSE = Cause(source="test", actor="test")
REST = "recorded_us, source, key, actor, correlation, causation, metadata, body_digest, leaf"
EVENT = f"(position, id, stream, version, type, schema, {REST})"
COPY = f"stream, version, type, schema, {REST} FROM events"
EVERY_WAY = ["INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "INSERT OR FAIL", "INSERT OR ROLLBACK", "REPLACE"]


@pytest.fixture
def ids(log: EventLog) -> list[str]:
    """Three events: 0 and 1 in one stream, 2 the record that the body of 0 is erased."""
    event = DeliveryIgnored(trigger="push", reason="nothing", body_digest="", body_size=0)
    events = log.append([Entry("delivery/a", event), Entry("delivery/a", event)], cause=CAUSE).events
    log.erase(events[0].id, "asked for", CAUSE)
    return [event.id for event in log.read_all()]


@pytest.fixture
def attacker(log_path: Path, ids: list[str]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(log_path, isolation_level=None)) as connection:
        yield connection


def refused(attacker: sqlite3.Connection, statement: str, *arguments: object) -> None:
    before = list(attacker.iterdump())
    with pytest.raises(sqlite3.IntegrityError, match="the log only grows"):
        attacker.execute(statement, arguments)
    assert list(attacker.iterdump()) == before


@pytest.mark.parametrize("column", [column.strip() for column in EVENT.strip("()").split(",")])
@pytest.mark.parametrize("way", ["UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"])
def test_no_column_of_an_event_changes(attacker: sqlite3.Connection, way: str, column: str) -> None:
    refused(attacker, f"{way} events SET {column} = {column} WHERE position = 1")


def test_no_event_goes(attacker: sqlite3.Connection) -> None:
    refused(attacker, "DELETE FROM events WHERE position = 2")
    refused(attacker, "DELETE FROM events")


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest.mark.parametrize("position", ["1", "-1", "4", "NULL", "3.0 + 1"])
def test_no_event_comes_at_another_position_than_the_next(attacker: sqlite3.Connection, way: str, position: str) -> None:
    copy = COPY.replace("version", "3")
    refused(attacker, f"{way} INTO events {EVENT} SELECT {position}, 'new', {copy} WHERE position = 1")


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest.mark.parametrize("name", ["rowid", "_rowid_", "oid"])
def test_no_event_comes_at_another_rowid_than_the_next(attacker: sqlite3.Connection, way: str, name: str) -> None:
    columns, copy = EVENT.replace("position", name), COPY.replace("version", "3")
    refused(attacker, f"{way} INTO events {columns} SELECT 1, 'new', {copy} WHERE position = 1")


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest.mark.parametrize("version", ["1", "2", "4", "0", "NULL"])
def test_no_event_comes_at_another_version_than_the_next(attacker: sqlite3.Connection, way: str, version: str) -> None:
    copy = COPY.replace("version", version)
    refused(attacker, f"{way} INTO events {EVENT} SELECT 3, 'new', {copy} WHERE position = 1")


@pytest.mark.parametrize("way", EVERY_WAY)
def test_no_event_comes_with_an_id_that_is_there(attacker: sqlite3.Connection, way: str) -> None:
    copy = COPY.replace("version", "3")
    refused(attacker, f"{way} INTO events {EVENT} SELECT 3, id, {copy} WHERE position = 1")


def test_no_event_comes_with_an_earlier_time(attacker: sqlite3.Connection) -> None:
    copy = COPY.replace("version", "3").replace("recorded_us", "recorded_us - 1")
    refused(attacker, f"INSERT INTO events {EVENT} SELECT 3, 'new', {copy} WHERE position = 1")


def test_an_upsert_changes_nothing(attacker: sqlite3.Connection) -> None:
    upsert = f"INSERT INTO events {EVENT} SELECT position, id, {COPY} WHERE position = 1 ON CONFLICT DO UPDATE SET actor = 'x'"
    refused(attacker, upsert)


@pytest.mark.parametrize("column", ["position", "salt", "size", "deflated"])
@pytest.mark.parametrize("way", ["UPDATE", "UPDATE OR REPLACE"])
def test_no_body_changes(attacker: sqlite3.Connection, way: str, column: str) -> None:
    refused(attacker, f"{way} bodies SET {column} = {column} WHERE position = 1")


def test_no_body_goes_whose_erasure_is_not_recorded(attacker: sqlite3.Connection) -> None:
    refused(attacker, "DELETE FROM bodies WHERE position = 1")
    refused(attacker, "DELETE FROM bodies")


def test_the_record_of_an_erasure_keeps_its_body(attacker: sqlite3.Connection, ids: list[str]) -> None:
    copy = COPY.replace("stream", f"'erasure/{ids[2]}'").replace("version", "1")
    attacker.execute(f"INSERT INTO events {EVENT} SELECT 3, 'new', {copy} WHERE position = 2")
    refused(attacker, "DELETE FROM bodies WHERE position = 2")


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest.mark.parametrize(
    "position", [pytest.param(1, id="there already"), pytest.param(0, id="erased"), pytest.param(3, id="no event")]
)
def test_no_body_comes(attacker: sqlite3.Connection, way: str, position: int) -> None:
    refused(attacker, f"{way} INTO bodies VALUES (?, x'00', 0, x'00')", position)


@pytest.mark.parametrize("guard", GUARDS)
def test_a_log_is_not_opened_without_one_of_its_guards(attacker: sqlite3.Connection, log_path: Path, guard: str) -> None:
    attacker.execute(f"DROP TRIGGER {guard}")
    with pytest.raises(LogNotReady, match=guard):
        EventLog.open(log_path)
    assert guard in verify(log_path).faults[0].found


def test_a_log_is_not_opened_with_a_guard_that_guards_nothing(attacker: sqlite3.Connection, log_path: Path) -> None:
    attacker.execute("DROP TRIGGER events_stay")
    attacker.execute("CREATE TRIGGER events_stay BEFORE DELETE ON events WHEN 0 BEGIN SELECT RAISE(ABORT, 'never'); END")
    with pytest.raises(LogNotReady, match="events_stay"):
        EventLog.open(log_path)
