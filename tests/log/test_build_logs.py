"""What builders print, kept with its timing."""

import threading
from collections.abc import Iterator

import pytest

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Entry, EventLog, Where
from aslo_core.log.buildlogs import BuildLogs, Chunk

STREAM = "release/github/1/2"


@pytest.fixture
def build_logs(where: Where) -> Iterator[BuildLogs]:
    logs = BuildLogs(where)
    yield logs
    logs.close()


def test_chunks_come_back_in_order_with_their_offsets_as_bytes(build_logs: BuildLogs) -> None:
    chunks = [(0, b"one\n"), (5, b"\xff\x00"), (5, b""), (3, b"two\r")]
    for offset_us, data in chunks:
        build_logs.append(STREAM, 1, offset_us, data)
    assert list(build_logs.read(STREAM, 1)) == chunks


def test_streams_and_attempts_are_kept_apart(build_logs: BuildLogs) -> None:
    for attempt in (2, 1, 2):
        build_logs.append(STREAM, attempt, 0, b"%d" % attempt)
    build_logs.append("release/github/1/3", 7, 0, b"other")
    assert build_logs.attempts(STREAM) == [1, 2]
    assert list(build_logs.read(STREAM, 2)) == [(0, b"2"), (0, b"2")]
    assert list(build_logs.read(STREAM, 3)) == []


def test_more_than_a_page(build_logs: BuildLogs) -> None:
    for number in range(600):
        build_logs.append(STREAM, 1, number, b"x")
    assert [offset for offset, _ in build_logs.read(STREAM, 1)] == list(range(600))


@pytest.mark.parametrize(
    ("size", "numbers"), [(1, [6]), (4, [6]), (5, [4, 5, 6]), (7, [4, 5, 6]), (8, [3, 4, 5, 6]), (9999, [1, 2, 3, 4, 5, 6])]
)
def test_of_the_newest_chunks_as_many_as_hold_what_is_asked_for(build_logs: BuildLogs, size: int, numbers: list[int]) -> None:
    written = [b"a" * 50, b"b", b"c" * 2000, b"\xff\x00d", b"", b"eeee"]
    for data in written:
        build_logs.append(STREAM, 1, 0, data)
    build_logs.append(STREAM, 2, 0, b"another attempt")
    found = build_logs.newest(STREAM, 1, size)
    assert found == [Chunk(number, written[number - 1]) for number in numbers]
    assert build_logs.newest(STREAM, 3, size) == []


def test_threads_and_the_log_write_side_by_side(build_logs: BuildLogs, log: EventLog) -> None:
    event = DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=0)

    def print_lines(attempt: int) -> None:
        for number in range(50):
            build_logs.append(STREAM, attempt, number, b"%d" % number)

    threads = [threading.Thread(target=print_lines, args=(attempt,)) for attempt in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        log.append([Entry("config", event)], cause=Cause(source="test", actor="test"))
    for thread in threads:
        thread.join()
    assert log.head() == 49
    assert [len(list(build_logs.read(STREAM, attempt))) for attempt in range(4)] == [50, 50, 50, 50]
