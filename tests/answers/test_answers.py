"""Answers of servers, each with an end: over real connections."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from aslo_core.answers import Answers, AnswerTooLong

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_what_comes_is_read_and_the_end_of_the_connection_is_an_end(pair: Pair) -> None:
    ours, theirs = pair
    reader = io.BufferedReader(Answers(ours, 30, 100))
    theirs.sendall(b"220 ready\r\n250 fine\r\n")
    theirs.close()
    assert [reader.readline(), reader.readline(), reader.readline()] == [b"220 ready\r\n", b"250 fine\r\n", b""]


def test_an_answer_may_have_as_many_bytes_as_were_said_and_not_one_more(pair: Pair) -> None:
    ours, theirs = pair
    answers = Answers(ours, 30, 10)
    theirs.sendall(b"0123456789")
    assert answers.read(100) == b"0123456789"
    theirs.sendall(b"0")
    with pytest.raises(AnswerTooLong, match="more than 10 bytes"):
        answers.read(1)


def test_each_answer_has_a_length_of_its_own(pair: Pair) -> None:
    ours, theirs = pair
    answers = Answers(ours, 30, 10)
    for _ in range(3):
        theirs.sendall(b"0123456789")
        answers.expect()
        assert answers.read(100) == b"0123456789"


def test_a_server_that_drips_is_given_up_on_although_each_byte_comes_in_time(pair: Pair) -> None:
    ours, theirs = pair
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.02):
            theirs.sendall(b".")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        answers = Answers(ours, 0.3, 1 << 20)
        with pytest.raises(TimeoutError):
            answers.readall()
    finally:
        stop.set()
        dripping.join()


def test_what_came_once_the_time_is_over_is_not_taken(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pair
    answers = Answers(ours, 30, 10)
    theirs.sendall(b"1")
    _let_pass(monkeypatch, 30)
    with pytest.raises(TimeoutError):
        answers.read(1)


def test_a_read_waits_for_what_is_left_of_the_time(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = pair
    answers = Answers(ours, 3600, 10)
    _let_pass(monkeypatch, 3599.9)
    with pytest.raises(TimeoutError):
        answers.read(1)


def test_time_that_passed_before_an_answer_is_expected_is_not_taken_from_it(pair: Pair) -> None:
    ours, theirs = pair
    answers = Answers(ours, 0.05, 10)
    with pytest.raises(TimeoutError):
        answers.read(1)
    answers.expect()
    theirs.sendall(b"1")
    assert answers.read(1) == b"1"


def test_other_reads_and_writes_of_the_connection_keep_their_timeout(pair: Pair) -> None:
    ours, theirs = pair
    theirs.sendall(b"1")
    Answers(ours, 30, 10).read(1)
    assert ours.gettimeout() == 30


def _let_pass(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.monotonic() + seconds
    monkeypatch.setattr("aslo_core.answers.time", SimpleNamespace(monotonic=lambda: now))
