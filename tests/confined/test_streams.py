"""What a program writes to its log is passed on whole and in order, in few pieces, and soon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.confined import LogStream, streams


class Time:
    """A clock that stands still."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(streams, "monotonic", made)
    return made


def test_small_pieces_are_gathered_for_a_tenth_of_a_second(time: Time) -> None:
    passed: list[bytes] = []
    log = LogStream(passed.append, limit=10_000)
    log(b"first")
    assert passed == [b"first"], "nothing waits behind silence"
    for _ in range(1000):
        log(b"x")
    log.heed_clock()
    assert passed == [b"first"]
    time.now += 0.11
    log.heed_clock()
    assert passed == [b"first", b"x" * 1000], "and it is passed on without another piece"
    log(b"y")
    time.now += 0.11
    log(b"z")
    assert passed[2:] == [b"yz"]


def test_nothing_is_passed_on_where_nothing_was_said(time: Time) -> None:
    passed: list[bytes] = []
    log = LogStream(passed.append, limit=10)
    time.now += 1
    log.heed_clock()
    log.close()
    assert passed == []


@pytest.mark.usefixtures("time")
def test_what_is_much_is_passed_on_at_once_by_64_kib() -> None:
    passed: list[bytes] = []
    log = LogStream(passed.append, limit=1 << 20)
    for _ in range(100):
        log(b"x" * 3000)
    assert [len(one) for one in passed] == [3000, 65536, 65536, 65536, 65536]
    log.close()
    assert sum(len(one) for one in passed) == 300_000


@pytest.mark.usefixtures("time")
def test_what_is_left_comes_before_the_word_on_what_was_dropped() -> None:
    passed: list[bytes] = []
    log = LogStream(passed.append, limit=5)
    for piece in (b"one", b"two", b"three"):
        log(piece)
    log.close()
    dropped = b"\n[6 bytes of log beyond the limit of 5 bytes were dropped]\n"
    assert (passed, log.tail) == ([b"one", b"tw", dropped], b"onetwothree")


@given(
    pieces=st.lists(st.tuples(st.integers(0, 70_000), st.floats(0, 0.2)), max_size=30),
    limit=st.integers(0, 200_000),
)
def test_all_up_to_the_limit_is_passed_on_in_as_few_pieces_as_time_and_size_allow(
    pieces: list[tuple[int, float]], limit: int
) -> None:
    passed: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "monotonic", time := Time())
        log = LogStream(passed.append, limit)
        for size, pause in pieces:
            log(b"x" * size)
            time.now += pause
            log.heed_clock()
        begun, written = Time.now, sum(size for size, _ in pieces)
        log.close()
    log_alone = passed[:-1] if written > limit else passed
    assert b"".join(log_alone) == b"x" * min(written, limit)
    assert all(0 < len(one) <= 65536 for one in log_alone)
    assert len(log_alone) <= 2 + min(written, limit) // 65536 + (time.now - begun) / 0.1
