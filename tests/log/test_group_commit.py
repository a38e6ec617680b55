"""Appends that wait together are committed together; one that cannot be done fails alone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from aslo_core.errors import Permanent
from aslo_core.events import Cause, DeliveryIgnored, Event
from aslo_core.log import Appended, Entry, EventLog, IdempotencyConflict, LogUnavailable, VersionConflict
from aslo_core.log.sqlite.batch import Batch
from aslo_core.log.draft import draft_append
from aslo_core.log.sqlite import SqliteDatabase as Database
from aslo_core.log.sqlite.transaction import SqliteTransaction
from aslo_core.log.writer import Writer

CAUSE = Cause(source="test", actor="test")


def entry(stream: str, reason: str = "") -> Entry:
    return Entry(stream, DeliveryIgnored(trigger="push", reason=reason, body_digest="", body_size=0))


class GatedDatabase(Database):
    """A database whose commits are counted, and whose next transactions wait until the gate is opened."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.commits = 0

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        self.waiting.set()
        self.gate.wait()
        with super().write() as connection:
            yield connection
        self.commits += 1


def wait_until(log: EventLog, holds: Callable[[Writer], bool]) -> None:
    with log._writer._changed:
        log._writer._changed.wait_for(lambda: holds(log._writer))


Gather = Callable[[list[Callable[[], object]]], list[object]]


@pytest.fixture
def database(log_path: Path) -> GatedDatabase:
    return GatedDatabase(log_path)


@pytest.fixture
def gated_log(database: GatedDatabase) -> Iterator[EventLog]:
    log = EventLog(database)
    yield log
    database.gate.set()
    log.close()


@pytest.fixture
def together(gated_log: EventLog, database: GatedDatabase) -> Gather:
    """Runs calls so that all their appends wait for the next transaction; returns what each returned or raised."""

    def run(calls: list[Callable[[], object]]) -> list[object]:
        results: list[object] = [None] * len(calls)

        def call(number: int) -> None:
            try:
                results[number] = calls[number]()
            except Exception as error:  # noqa: BLE001
                results[number] = error

        database.gate.clear()
        database.waiting.clear()
        first = threading.Thread(target=lambda: gated_log.append([entry("config")], cause=CAUSE))
        first.start()
        database.waiting.wait()
        threads = [threading.Thread(target=call, args=(number,)) for number in range(len(calls))]
        for thread in threads:
            thread.start()
        wait_until(gated_log, lambda writer: len(writer._waiting) == len(calls))
        database.gate.set()
        for thread in (first, *threads):
            thread.join()
        return results

    return run


def test_a_lone_append_waits_for_nobody(gated_log: EventLog, database: GatedDatabase) -> None:
    for _ in range(3):
        gated_log.append([entry("config")], cause=CAUSE)
    assert database.commits == 3


def test_appends_that_wait_share_one_commit(gated_log: EventLog, database: GatedDatabase, together: Gather) -> None:
    results = together([lambda n=n: gated_log.append([entry(f"release/{n}")], cause=CAUSE) for n in range(40)])  # type: ignore[misc]
    assert all(isinstance(result, Appended) for result in results)
    assert database.commits == 2  # that of the append they waited behind, and theirs
    assert [event.position for event in gated_log.read_all()] == list(range(41))


def test_of_those_that_expect_the_same_version_one_wins(gated_log: EventLog, together: Gather) -> None:
    results = together(
        [lambda n=n: gated_log.append([entry("release/a", str(n))], cause=CAUSE, expect={"release/a": 0}) for n in range(10)]  # type: ignore[misc]
    )
    assert sum(isinstance(result, Appended) for result in results) == 1
    assert sum(isinstance(result, VersionConflict) for result in results) == 9
    assert len(list(gated_log.read("release/a"))) == 1


def test_of_those_with_the_same_key_one_is_written_and_all_are_told_the_same(gated_log: EventLog, together: Gather) -> None:
    results = together([lambda: gated_log.append([entry("release/a")], cause=CAUSE, key="k")] * 10)
    appended = [result for result in results if isinstance(result, Appended)]
    assert len(appended) == 10
    assert sorted(result.duplicate for result in appended) == [False] + [True] * 9
    assert len({result.events for result in appended}) == 1


def test_one_that_cannot_be_done_fails_alone(gated_log: EventLog, together: Gather) -> None:
    gated_log.append([entry("release/a")], cause=CAUSE, key="used")
    conflict, other_content, good = together(
        [
            lambda: gated_log.append([entry("release/b"), entry("release/a")], cause=CAUSE, expect={"release/a": 0}),
            lambda: gated_log.append([entry("release/b", "other")], cause=CAUSE, key="used"),
            lambda: gated_log.append([entry("release/c")], cause=CAUSE),
        ]
    )
    assert isinstance(conflict, VersionConflict)
    assert isinstance(other_content, IdempotencyConflict)
    assert isinstance(good, Appended)
    assert [event.stream for event in gated_log.read_all()] == ["release/a", "config", "release/c"]


class FarTooNew(Event):
    event_name = "test.far-too-new"
    event_version = 2**63


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"id": "0191e0c4-7c00-7000-8000-000000000001"}, Permanent, id="refused by a guard: an id that is there"),
        pytest.param({"event": FarTooNew()}, OverflowError, id="refused by the driver: a number beyond its integers"),
    ],
)
def test_one_that_fails_half_way_leaves_nothing_behind(log_path: Path, change: dict[str, Any], error: type[Exception]) -> None:
    """The second of its events fails when the first one is inserted already."""
    good, bad, after = (draft_append([entry("release/a"), entry("release/a")], CAUSE, {}, "") for _ in range(3))
    good = replace(good, events=(replace(good.events[0], id="0191e0c4-7c00-7000-8000-000000000001"), good.events[1]))
    bad = replace(bad, events=(bad.events[0], replace(bad.events[1], **change)))
    database = Database(log_path)
    with closing(database), database.write() as connection:
        outcomes = Batch(SqliteTransaction(connection)).write([good, bad, after])
    assert [type(outcome) for outcome in outcomes] == [Appended, error, Appended]
    with EventLog.open(log_path) as log:
        assert [(event.position, event.version) for event in log.read_all()] == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_close_writes_what_waits(gated_log: EventLog, database: GatedDatabase, open_log: Callable[[], EventLog]) -> None:
    database.gate.clear()
    database.waiting.clear()
    threads = [threading.Thread(target=lambda: gated_log.append([entry("config")], cause=CAUSE)) for _ in range(5)]
    threads[0].start()
    database.waiting.wait()
    for thread in threads[1:]:
        thread.start()
    wait_until(gated_log, lambda writer: len(writer._waiting) == 4)
    closer = threading.Thread(target=gated_log.close)
    closer.start()
    wait_until(gated_log, lambda writer: writer._closing)
    database.gate.set()
    for thread in (*threads, closer):
        thread.join()
    assert open_log().head() == 4
    with pytest.raises(LogUnavailable, match="closed"):
        gated_log.append([entry("config")], cause=CAUSE)
