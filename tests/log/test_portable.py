"""A log as lines: another log is made of them, on any database, and is the same; or none is, and it is told why."""

from __future__ import annotations

import io
import json
import re
import secrets
import shutil
import sqlite3
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslo_core.errors import AsloError
from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Entry, EventLog, LogNotReady, LogUnavailable, Where
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.log.opening import database_at
from aslo_core.log.portable import End, NotImportable, export, import_log
from aslo_core.log.portable.parsing import Parser
from aslo_core.log.verify import verify
from aslo_core.testing.postgres_server import PostgresServer

CAUSE = Cause(source="intake/github", actor="host:github")


def ignored(reason: str) -> DeliveryIgnored:
    return DeliveryIgnored(trigger="push", reason=reason, body_digest="", body_size=0)


TWO = [Entry("delivery/b", ignored("x" * 100_000)), Entry("delivery/a", ignored(""))]


def exported(where: Where) -> bytes:
    lines = io.BytesIO()
    export(where, lines.write)
    return lines.getvalue()


def fill(where: Where) -> None:
    """Write what a log can hold: several streams, keys, long bodies, every kind of character, an erasure, output."""
    with EventLog.open(where) as log, closing(BuildLogs(where)) as logs:
        first = log.append(
            [Entry("delivery/a", ignored('Größe 活动 \\ " \u2028 \U0001f3b2'))], cause=CAUSE, key="Schlüssel"
        ).events
        log.append([Entry("delivery/b", ignored("x" * 100_000)), Entry("delivery/a", ignored(""))], cause=CAUSE, key="two")
        log.erase(first[0].id, "asked for", CAUSE)
        for stream in ("release/github/1/10", "release/github/1/9", "release/Z/1/1", "release/a_b/1/1"):
            for data in (b"\x00\xff not UTF-8", b"", b"more\r\n"):
                logs.append(stream, 2, 5, data)
            logs.append(stream, 10, 0, b"later")


@pytest.fixture
def filled(where: Where) -> Where:
    fill(where)
    return where


@pytest.fixture
def lines(log_path: Path) -> list[bytes]:
    """The lines of a filled log."""
    fill(log_path)
    return exported(log_path).splitlines(keepends=True)


@pytest.fixture
def new_path(tmp_path: Path) -> Path:
    """Where no log is yet."""
    return tmp_path / "new" / "log.db"


@pytest.fixture
def target(new_path: Path) -> Path:
    new_path.parent.mkdir()
    return new_path


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest) -> Iterator[tuple[Where, sa.URL | None]]:
    """Where another log is to come, on each database in turn, and the address of who may make it."""
    if request.param == "sqlite":
        yield request.getfixturevalue("target"), None
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    application: sa.URL = request.getfixturevalue("empty_postgres_log")
    with server.database() as url:
        yield application.set(database=sa.make_url(url).database), sa.make_url(url)


def facts(where: Where) -> tuple[list[Any], Any]:
    with EventLog.open(where) as log:
        return list(log.read_all()), verify(where)


def output(where: Where) -> dict[tuple[str, int], list[tuple[int, bytes]]]:
    with closing(BuildLogs(where)) as logs:
        streams = ("release/github/1/10", "release/github/1/9", "release/Z/1/1", "release/a_b/1/1")
        return {(stream, attempt): list(logs.read(stream, attempt)) for stream in streams for attempt in logs.attempts(stream)}


class TestFromOneDatabaseToAnother:
    def test_everything_is_the_same(self, filled: Where, other: tuple[Where, sa.URL | None]):
        content = exported(filled)
        where, admin = other
        end = import_log(io.BytesIO(content), where, admin)
        assert facts(where) == facts(filled)
        assert facts(where)[1].faults == ()
        assert output(where) == output(filled)
        assert len(output(where)) == 8
        assert exported(where) == content
        assert (end.events, end.erased, end.output, end.leaf) == (4, 1, 16, verify(filled).leaf)

    def test_keys_that_were_used_are_used(self, filled: Where, other: tuple[Where, sa.URL | None]):
        where, admin = other
        import_log(io.BytesIO(exported(filled)), where, admin)
        with EventLog.open(where) as log:
            again = log.append(TWO, cause=CAUSE, key="two")
            new = log.append([Entry("delivery/a", ignored("new"))], cause=CAUSE, expect={"delivery/a": 2}).events[0]
            erased = next(log.read_all())
        assert (again.duplicate, [event.position for event in again.events]) == (True, [1, 2])
        assert (new.position, new.version) == (4, 3)
        assert erased.event is None

    def test_an_empty_log(self, where: Where, other: tuple[Where, sa.URL | None]):
        end = import_log(io.BytesIO(exported(where)), *other)
        assert (end.events, end.output, end.leaf) == (0, 0, "")
        assert verify(other[0]).events == 0

    def test_nothing_is_changed_in_a_log_that_holds_something(self, filled: Where, postgres_server: PostgresServer):
        content = exported(filled)
        admin = sa.make_url(postgres_server.url(str(filled.database))) if isinstance(filled, sa.URL) else None
        with pytest.raises(AsloError, match="is not empty") as refused:
            import_log(io.BytesIO(content), filled, admin)
        assert "give an empty folder as data.path, or an empty database as data.log_url" in str(refused.value)
        assert exported(filled) == content


_STREAMS = st.sampled_from(["delivery/a", "delivery/b", "release/x/1/~", "config"])
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_APPENDS = st.lists(st.tuples(st.booleans(), st.lists(st.tuples(_STREAMS, _TEXTS), min_size=1, max_size=4)), max_size=6)
_PRINTED = st.lists(st.tuples(_STREAMS, st.integers(0, 3), st.integers(0, 2**40), st.binary(max_size=40)), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(appends=_APPENDS, erased=st.sets(st.integers(0, 9), max_size=3), printed=_PRINTED)
def test_any_log_comes_back_as_it_was(
    migrated: Path,
    appends: list[tuple[bool, list[tuple[str, str]]]],
    erased: set[int],
    printed: list[tuple[str, int, int, bytes]],
):
    """Property: what export says of a log is what it says of the log that was made of that."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = (Path(shutil.copy(migrated, Path(folder) / name)) for name in ("first.db", "second.db"))
        with EventLog.open(first) as log, closing(BuildLogs(first)) as logs:
            for number, (keyed, entries) in enumerate(appends):
                log.append([Entry(stream, ignored(text)) for stream, text in entries], cause=CAUSE, key=f"k{number}" * keyed)
            ids = [event.id for event in log.read_all()]
            for position in erased & set(range(len(ids))):
                log.erase(ids[position], "asked for", CAUSE)
            for chunk in printed:
                logs.append(*chunk)
        content = exported(first)
        import_log(io.BytesIO(content), second)
        assert exported(second) == content
        assert facts(second) == facts(first)
        assert verify(second).faults == ()


class TestOneMoment:
    def test_what_is_appended_and_erased_meanwhile_is_not_in_it(self, filled: Where, other: tuple[Where, sa.URL | None]):
        """The body that is erased while the export is under way is whole in it, and so is what it says of erasures."""
        before = exported(filled)
        content = io.BytesIO()
        # Little patience, since an erasure on SQLite waits for its readers, to overwrite what it has removed.
        with EventLog.open(filled, patience=0.2) as log, closing(BuildLogs(filled)) as logs:

            def write(line: bytes) -> None:
                if content.write(line) and content.getvalue().count(b"\n") == 2:
                    log.append([Entry("delivery/late", ignored("late"))], cause=CAUSE)
                    log.erase(list(log.read_all())[1].id, "asked for", CAUSE)
                    logs.append("release/late/1/1", 1, 0, b"late")

            export(filled, write)
        assert content.getvalue() == before
        import_log(io.BytesIO(before), *other)
        assert verify(other[0]).faults == ()
        assert len(exported(filled).splitlines()) == len(before.splitlines()) + 3

    def test_it_may_be_given_up_on_the_way(self, where: Where):
        with EventLog.open(where) as log:
            log.append([Entry("delivery/a", ignored(str(number))) for number in range(600)], cause=CAUSE)

            class Enough(Exception):
                pass

            def write(line: bytes) -> None:
                if line.startswith(b'{"line":"event","position":300'):
                    raise Enough

            with pytest.raises(Enough):
                export(where, write)
            assert log.append([Entry("delivery/a", ignored("x"))], cause=CAUSE).events[0].position == 600


class TestMemory:
    def test_of_an_export_does_not_grow_with_the_log(self, log_path: Path):
        with EventLog.open(log_path) as log:
            for _ in range(20):
                log.append([Entry("delivery/a", ignored(secrets.token_hex(10_000))) for _ in range(100)], cause=CAUSE)
        size = 0

        def write(line: bytes) -> None:
            nonlocal size
            size += len(line)

        tracemalloc.start()
        try:
            export(log_path, write)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert size > 40_000_000
        assert peak < size / 4

    def test_rows_of_postgresql_come_some_at_a_time(self, postgres_where: sa.URL):
        """The driver would otherwise have the server send all of a result, and hold it where Python does not see it."""
        fill(postgres_where)
        said: set[str] = set()
        with closing(database_at(postgres_where)) as database, database.read() as connection:
            export(postgres_where, lambda _: said.update(connection.exec_driver_sql(_LAST_STATEMENTS).scalars()))
        fetched = [int(found[1]) for words in said if (found := re.match(r"FETCH FORWARD (\d+) FROM", words))]
        assert fetched
        assert max(fetched) == 256


_LAST_STATEMENTS = "SELECT query FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"


def resealed(lines: list[bytes], **changes: object) -> bytes:
    """Put the lines together with a last one that fits them, but for what is named."""
    *passed, last = lines
    said = json.loads(last) | {"digest": sha256(b"".join(passed)).hexdigest()} | changes
    return b"".join(passed) + json.dumps(said).encode() + b"\n"


def changed(content: bytes, changes: dict[str, object]) -> bytes:
    return json.dumps(json.loads(content) | changes).encode() + b"\n"


def refused(content: bytes, where: Path) -> str:
    """Import what cannot be imported; return the reason. No log is there afterwards, and the right one can still be made."""
    with pytest.raises(NotImportable) as reason:
        import_log(io.BytesIO(content), where)
    with pytest.raises((LogNotReady, LogUnavailable)):
        EventLog.open(where)
    return str(reason.value)


class TestWhatIsRefused:
    @pytest.mark.parametrize("kept", range(22))
    def test_a_line_is_missing_at_the_end(self, lines: list[bytes], target: Path, kept: int):
        assert len(lines) == 22
        words = refused(b"".join(lines[:kept])[:], target) if kept < 22 else ""
        assert words.startswith(f"line {kept + 1}: ")
        assert ("it is no exported log" if kept == 0 else "the export ends before its last line: it was cut off") in words

    def test_a_part_of_a_line_is_missing_at_the_end(self, lines: list[bytes], target: Path):
        content = b"".join(lines)
        for cut in (1, 2, 40, 200):
            assert "it was cut off" in refused(content[:-cut], target)
        import_log(io.BytesIO(content), target)

    @pytest.mark.parametrize("gone", [1, 2, 3, 4, 5, 20])
    def test_a_line_is_missing_within(self, lines: list[bytes], target: Path, gone: int):
        assert refused(b"".join(lines[:gone] + lines[gone + 1 :]), target).startswith("line ")

    @pytest.mark.parametrize("twice", [0, 1, 4, 5, 20, 21])
    def test_a_line_is_there_twice(self, lines: list[bytes], target: Path, twice: int):
        assert refused(b"".join(lines[: twice + 1] + lines[twice:]), target).startswith(f"line {twice + 2}: ")

    def test_a_byte_is_another_one(self, lines: list[bytes]):
        content = b"".join(lines)
        for place in {*range(0, len(content), 97), *range(100), *range(len(content) - 300, len(content))}:
            broken = bytearray(content)
            broken[place] ^= 0x01
            with pytest.raises(NotImportable):
                list(Parser(io.BytesIO(broken)).lines())

    @pytest.mark.parametrize(
        ("number", "changes", "words"),
        [
            (2, {"position": 7}, "line 3: the event at position 7 is not as it was recorded: position 1 was expected"),
            (2, {"version": 3}, "line 3: the event at position 1 is not as it was recorded: version 3 of stream delivery/b"),
            (2, {"recorded_us": 1}, "before that of the event before it"),
            (2, {"type": "other"}, "its leaf is"),
            (2, {"key": "other"}, "its leaf is"),
            (2, {"leaf": "0" * 64}, "its leaf is 0000"),
            (2, {"leaf": "0"}, "line 3: it cannot be read: Expected `str` matching regex"),
            (2, {"position": -1}, "line 3: it cannot be read: Expected `int` >= 0 - at `$.position`"),
            (2, {"position": 2**63}, "line 3: it cannot be read: Expected `int` <="),
            (2, {"schema": "1"}, "line 3: it cannot be read: Expected `int`, got `str` - at `$.schema`"),
            (2, {"more": 1}, "line 3: it cannot be read: Object contains unknown field `more`"),
            (2, {"line": "other"}, "line 3: it cannot be read: Invalid value 'other' - at `$.line`"),
            (2, {"id": "no id"}, "it has no valid envelope: event id 'no id' is not a UUID"),
            (2, {"body": {"salt": "0" * 32, "json": "{}"}}, "its body is not the one that was recorded"),
            (2, {"body": None}, "line 3: its body is missing, and no event records its erasure"),
            (6, {"stream": "release/~"}, "line 8: it is not in its order: output"),
            (6, {"data": "?"}, "line 7: it cannot be read: Invalid base64 encoded string"),
        ],
    )
    def test_a_line_was_altered_and_the_last_one_made_to_fit(
        self, lines: list[bytes], target: Path, number: int, changes: dict[str, object], words: str
    ):
        lines[number] = changed(lines[number], changes)
        assert words in refused(resealed(lines), target)

    def test_an_altered_output_is_told_by_the_digest(self, lines: list[bytes], target: Path):
        lines[6] = changed(lines[6], {"data": "QUJD"})
        assert "line 22: it says " in (words := refused(b"".join(lines), target))
        assert " as digest" in words

    @pytest.mark.parametrize(
        "changes", [{"events": 3}, {"erased": 0}, {"output": 15}, {"leaf": "0" * 64}, {"digest": "0" * 64}]
    )
    def test_a_last_line_that_does_not_fit(self, lines: list[bytes], target: Path, changes: dict[str, object]):
        (name,) = changes
        assert f"line 22: it says {changes[name]} as {name}, the lines before it give " in refused(
            resealed(lines, **changes), target
        )

    def test_an_event_behind_output(self, lines: list[bytes], target: Path):
        lines[4], lines[5] = lines[5], lines[4]
        assert "line 6: it is not in its order: event" in refused(resealed(lines), target)

    def test_the_body_of_an_erased_event(self, lines: list[bytes], target: Path):
        lines[1] = changed(lines[1], {"body": {"salt": "0" * 32, "json": "{}"}})
        assert "line 2: the event at position 0 is not as it was recorded: its body" in refused(resealed(lines), target)

    def test_something_behind_the_end(self, lines: list[bytes], target: Path):
        assert "line 23: there is something behind the end" in refused(b"".join(lines) + b"\n", target)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "it is no exported log; give the file that `aslo log export` made"),
            (b"SQLite format 3\x00", "it is no exported log"),
            (b'{"type":"dump"}\n', "it is no exported log"),
            (b'[]\n{"a":1}\n', "it is no exported log"),
            (b"\xff\xfe\n", "it is no exported log"),
            (b"\x1f\x8b\x08", "it is compressed; unpack it: gunzip -c FILE | aslo log import -"),
            (b'{"line":"aslo-log","format":2,"more":1}\n', "a newer ASLO has made it, in format 2; this one reads format 1"),
            (b'{"line":"aslo-log","format":0}\n', "format 0 was never written"),
        ],
    )
    def test_what_is_no_export_leaves_nothing(self, new_path: Path, content: bytes, words: str):
        new_path.parent.mkdir()
        with pytest.raises(NotImportable) as reason:
            import_log(io.BytesIO(content), new_path)
        assert str(reason.value).startswith("line 1: ")
        assert words in str(reason.value)
        assert list(new_path.parent.iterdir()) == []

    def test_what_postgresql_cannot_hold(self, lines: list[bytes], postgres_server: PostgresServer, empty_postgres_log: sa.URL):
        """A stream that no ASLO writes; its database is as empty afterwards as before."""
        lines[6] = changed(lines[6], {"stream": "release/\0"})
        lines[5], lines[6] = lines[6], lines[5]
        with postgres_server.database() as url:
            where = empty_postgres_log.set(database=sa.make_url(url).database)
            lines = [*lines[:5], lines[5], lines[-1]]
            with pytest.raises(NotImportable, match="is refused by the database"):
                import_log(io.BytesIO(resealed(lines, output=1)), where, sa.make_url(url))
            with pytest.raises(LogNotReady, match="has no tables yet"):
                EventLog.open(where)


def test_a_damaged_log_is_not_exported_as_if_it_were_whole(log_path: Path):
    fill(log_path)
    with closing(sqlite3.connect(log_path)) as connection, connection:
        connection.execute("DROP TRIGGER bodies_stay_as_they_are")
        connection.execute("UPDATE bodies SET deflated = X'00' WHERE position = 2")
    content = io.BytesIO()
    with pytest.raises(LogNotReady, match=r"is damaged \(the event at position 2 is not as it was recorded"):
        export(log_path, content.write)
    assert len(content.getvalue().splitlines()) == 3


def test_the_last_line_is_what_is_returned(log_path: Path):
    fill(log_path)
    content = io.BytesIO()
    end = export(log_path, content.write)
    assert isinstance(end, End)
    last = json.loads(content.getvalue().splitlines()[-1])
    assert last == {"line": "end", "events": 4, "erased": 1, "output": 16, "leaf": end.leaf, "digest": end.digest}
