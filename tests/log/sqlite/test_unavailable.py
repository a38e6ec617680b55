"""When the database fails, every caller is told why and what to do, and nothing is half written."""

import resource
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Appended, Entry, EventLog, LogNotReady, LogUnavailable
from aslo_core.log.draft import Draft, draft_append
from aslo_core.log.errors import LogInterrupted
from aslo_core.log.outcome import Outcome
from aslo_core.log.sqlite import SqliteDatabase as Database
from aslo_core.log.sqlite.database import meaning
from aslo_core.log.verify import verify

CAUSE = Cause(source="test", actor="test")


def entry(reason: str = "") -> Entry:
    return Entry("delivery/a", DeliveryIgnored(trigger="push", reason=reason, body_digest="", body_size=0))


def incompressible(size: int) -> str:
    return "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(size // 3))


class SmallDisk(Database):
    def connect(self, *pragmas: str) -> sqlite3.Connection:
        return super().connect(*pragmas, "max_page_count=40")


def test_a_full_disk(log_path: Path) -> None:
    """SQLite's own limit of pages stands for the disk's: the same code path, the same error."""
    with EventLog(SmallDisk(log_path)) as log:
        log.append([entry("before")], cause=CAUSE)
        with pytest.raises(LogUnavailable, match=r"log\.db is not available: the disk is full: free some space"):
            log.append([entry("small"), entry(incompressible(1_000_000))], cause=CAUSE)
        assert log.head() == 0
        log.append([entry("after")], cause=CAUSE)
        assert log.head() == 1
    assert verify(log_path).faults == ()


def test_all_callers_of_a_batch_are_answered(log_path: Path) -> None:
    results: list[object] = []

    def append() -> None:
        try:
            results.append(log.append([entry()], cause=CAUSE))
        except LogUnavailable as error:
            results.append(error)

    with closing(sqlite3.connect(log_path, isolation_level=None)) as other, EventLog.open(log_path, patience=0.05) as log:
        other.execute("BEGIN IMMEDIATE")
        threads = [threading.Thread(target=append) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        other.execute("ROLLBACK")
        assert [type(result) for result in results] == [LogUnavailable] * 8
        assert all("another process has held the write lock for too long" in str(result) for result in results)
        assert isinstance(log.append([entry()], cause=CAUSE), Appended)
        assert log.head() == 0


def test_an_append_waits_for_the_lock_with_patience(log_path: Path) -> None:
    with closing(sqlite3.connect(log_path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        with EventLog.open(log_path) as log:
            waiting = threading.Thread(target=lambda: log.append([entry()], cause=CAUSE))
            waiting.start()
            waiting.join(0.05)
            assert waiting.is_alive()
            other.execute("COMMIT")
            waiting.join()
            assert log.head() == 0


def error_of(action: Callable[[], object]) -> BaseException:
    with pytest.raises(sqlite3.Error) as caught:
        action()
    return caught.value


def test_what_the_drivers_errors_mean(log_path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(f"file:{log_path}?mode=ro", uri=True)) as read_only:
        error = error_of(lambda: read_only.execute("CREATE TABLE t (a)"))
        assert "may not be written" in meaning(error)
        assert "SQLITE_READONLY" in meaning(error)
    assert "cannot be opened" in meaning(error_of(lambda: sqlite3.connect(tmp_path / "no" / "log.db")))
    (tmp_path / "text").write_text("This is no database at all. " * 100, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "text")) as text:
        assert "not an SQLite database" in meaning(error_of(lambda: text.execute("SELECT * FROM t")))
        assert meaning(error_of(lambda: text.execute("no SQL"))).endswith("syntax error (SQLITE_ERROR)")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "log.db").write_text("This is no database at all. " * 100, encoding="utf-8")
    with pytest.raises(LogUnavailable, match="not an SQLite database"):
        EventLog.open(tmp_path / "log.db")


def test_a_log_that_is_not_there_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(LogNotReady, match="aslo db upgrade"):
        EventLog.open(tmp_path / "log.db")
    assert not (tmp_path / "log.db").exists()


def test_a_log_that_vanishes_while_it_is_open(log_path: Path) -> None:
    with EventLog.open(log_path) as log:
        log_path.unlink()
        with pytest.raises(LogUnavailable, match="cannot be opened"):
            log.append([entry()], cause=CAUSE)
        with pytest.raises(LogUnavailable, match="cannot be opened"):
            log.head()


@contextmanager
def no_room_to_grow(file: Path) -> Iterator[None]:
    """Let nothing be written beyond the present end of a file, as a disk does that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_commit_that_fails_is_asked_for_before_anybody_is_told(log_path: Path) -> None:
    """What the commit writes goes into the write-ahead log, which cannot grow: the failure comes with the commit itself."""
    with closing(Database(log_path)) as database, EventLog.open(log_path) as log:
        database.append([draft_append([entry("before")], CAUSE, {}, "")])
        with no_room_to_grow(log_path.with_name("log.db-wal")):
            with pytest.raises(LogInterrupted, match=r"log\.db is not available"):
                database.append([draft_append([entry("lost")], CAUSE, {}, "")])
            with pytest.raises(LogUnavailable, match=r"log\.db is not available") as told:
                log.append([entry("lost too")], cause=CAUSE)
            assert "not known" not in str(told.value)
        assert [event.position for event in log.append([entry("after")], cause=CAUSE).events] == [1]
    assert verify(log_path).faults == ()


class ForgetfulDatabase(Database):
    """A database that commits, and then reports that it failed; it may also refuse to be read afterwards."""

    def __init__(self, path: Path, *, readable: bool) -> None:
        super().__init__(path)
        self._readable = readable

    def append(self, drafts: Sequence[Draft]) -> list[Outcome]:
        super().append(drafts)
        raise LogInterrupted("the disk went away")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        if not self._readable:
            raise LogUnavailable("the disk went away")
        with super().read() as connection:
            yield connection


def test_a_commit_that_was_done_all_the_same_is_a_success(log_path: Path) -> None:
    with EventLog(ForgetfulDatabase(log_path, readable=True)) as log:
        appended = log.append([entry("a"), entry("b")], cause=CAUSE)
        assert tuple(log.read_all()) == appended.events
        assert not appended.duplicate


def test_a_commit_of_which_nothing_is_known_is_told_so(log_path: Path, open_log: Callable[[], EventLog]) -> None:
    with (
        EventLog(ForgetfulDatabase(log_path, readable=False)) as log,
        pytest.raises(LogUnavailable, match="whether the append was kept is not known, so repeat it with the same"),
    ):
        log.append([entry()], cause=CAUSE, key="k")
    assert open_log().append([entry()], cause=CAUSE, key="k").duplicate
