"""Appends that wait together are committed together; one that cannot be done fails alone."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Appended, Entry, EventLog, IdempotencyConflict, LogUnavailable, VersionConflict, Where, writer
from aslo_core.log.database import Database
from aslo_core.log.draft import Draft
from aslo_core.log.opening import database_at
from aslo_core.log.outcome import Outcome
from aslo_core.log.writer import CROWD, MAX_BATCH, Writer

CAUSE = Cause(source="test", actor="test")


def entry(stream: str, reason: str = "") -> Entry:
    return Entry(stream, DeliveryIgnored(trigger="push", reason=reason, body_digest="", body_size=0))


class GatedDatabase:
    """A database whose commits are counted, and whose next transactions wait until the gate is opened."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.commits: list[int] = []
        self.streams: list[set[str]] = []

    def append(self, drafts: Sequence[Draft]) -> list[Outcome]:
        self.streams.append({event.stream for draft in drafts for event in draft.events})
        self.waiting.set()
        self.gate.wait()
        outcomes = self._database.append(drafts)
        self.commits.append(len(drafts))
        return outcomes

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)


def wait_until(log: EventLog, holds: Callable[[Writer], bool]) -> None:
    while not holds(log._writer):
        threading.Event().wait(0.001)


Gather = Callable[[list[Callable[[], object]]], list[object]]


@pytest.fixture
def database(where: Where) -> GatedDatabase:
    return GatedDatabase(database_at(where))


@pytest.fixture
def gated_log(database: GatedDatabase) -> Iterator[EventLog]:
    log = EventLog(cast("Database", database))
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
    assert database.commits == [1, 1, 1]


@pytest.fixture
def expects_nobody(gated_log: EventLog, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the log fail from now on when it waits for more."""

    def waited(*_: object) -> bool:
        raise AssertionError("it waited for others")

    return lambda: monkeypatch.setattr(gated_log._writer._gathered, "wait_for", waited)


def appends(log: EventLog, number: int) -> list[Callable[[], object]]:
    return [lambda n=n: log.append([entry(f"release/{n}")], cause=CAUSE) for n in range(number)]  # type: ignore[misc]


def test_a_crowd_is_written_together_when_it_comes_again(
    gated_log: EventLog, database: GatedDatabase, together: Gather, monkeypatch: pytest.MonkeyPatch
) -> None:
    together(appends(gated_log, 6))
    monkeypatch.setattr(writer, "GATHER_S", 3600.0)  # which is as long as it takes
    for _ in range(2):
        with ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(append) for append in appends(gated_log, 6)]:
                done.result()
    assert database.commits == [1, 6, 6, 6]


def test_a_crowd_that_does_not_come_again_is_waited_for_once(
    gated_log: EventLog, database: GatedDatabase, together: Gather, expects_nobody: Callable[[], None]
) -> None:
    together(appends(gated_log, 6))
    gated_log.append([entry("config")], cause=CAUSE)
    expects_nobody()
    gated_log.append([entry("config")], cause=CAUSE)
    assert database.commits == [1, 6, 1, 1]


def test_a_few_are_no_crowd(
    gated_log: EventLog, database: GatedDatabase, together: Gather, expects_nobody: Callable[[], None]
) -> None:
    together(appends(gated_log, CROWD - 1))
    gated_log.append([entry("config")], cause=CAUSE)
    expects_nobody()
    gated_log.append([entry("config")], cause=CAUSE)
    assert database.commits == [1, CROWD - 1, 1, 1]


def test_what_gathers_is_written_though_its_writer_is_interrupted(
    gated_log: EventLog, database: GatedDatabase, together: Gather, monkeypatch: pytest.MonkeyPatch
) -> None:
    together(appends(gated_log, 6))

    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(gated_log._writer._gathered, "wait_for", interrupted)
        with pytest.raises(KeyboardInterrupt):
            gated_log.append([entry("config")], cause=CAUSE)
    gated_log.append([entry("config")], cause=CAUSE)
    assert database.commits == [1, 6, 1, 1]


def test_appends_that_wait_share_one_commit(gated_log: EventLog, database: GatedDatabase, together: Gather) -> None:
    results = together(appends(gated_log, 40))
    assert all(isinstance(result, Appended) for result in results)
    assert database.commits == [1, 40]  # that of the append they waited behind, and theirs
    assert [event.position for event in gated_log.read_all()] == list(range(41))


def test_nobody_waits_behind_more_than_one_batch_of_what_came_later(
    gated_log: EventLog, database: GatedDatabase, together: Gather
) -> None:
    together(appends(gated_log, MAX_BATCH + 10))
    assert database.commits == [1, MAX_BATCH, 10]


def test_a_lone_caller_waits_for_those_before_him_and_not_for_a_crowd_that_comes_again_and_again(
    gated_log: EventLog, database: GatedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of sixteen some are in a batch that is under way, and the others wait: he is in the batch after theirs."""
    monkeypatch.setattr(writer, "MAX_BATCH", 4)
    over = threading.Event()

    def crowd(number: int) -> None:
        while not over.is_set():
            gated_log.append([entry(f"release/{number}")], cause=CAUSE)

    threads = [threading.Thread(target=crowd, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for turn in range(5):
        database.gate.clear()
        database.waiting.clear()
        database.waiting.wait()
        begun = len(database.streams)
        before = 16 - len(database.streams[-1])
        wait_until(gated_log, lambda writer, before=before: len(writer._waiting) == before)  # type: ignore[misc]
        alone = threading.Thread(target=lambda stream=f"notice/{turn}": gated_log.append([entry(stream)], cause=CAUSE))  # type: ignore[misc]
        alone.start()
        wait_until(gated_log, lambda writer, before=before: len(writer._waiting) == before + 1)  # type: ignore[misc]
        database.gate.set()
        alone.join()
        assert f"notice/{turn}" in database.streams[begun + before // 4]
    over.set()
    for thread in threads:
        thread.join()


def test_what_is_long_is_not_gathered_without_end(gated_log: EventLog, database: GatedDatabase, together: Gather) -> None:
    """Three bodies that do not deflate, of 3 MB each: a batch takes no more once it has 4 MB."""
    noise = random.Random(1)  # noqa: S311
    long = [entry("config", "".join(chr(0x4E00 + noise.randrange(20000)) for _ in range(1_500_000))) for _ in range(3)]
    together([lambda n=n: gated_log.append([long[n]], cause=CAUSE) for n in range(3)])  # type: ignore[misc]
    assert database.commits == [1, 2, 1]


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
