"""The output of an attempt as a stream of events: from a real log, by a real server, to clients of the standard."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.live.build_output import BuildOutput
from aslo_core.live.following import Outputs
from aslo_core.live.reading import Reading
from aslo_core.live.server import LiveServer, Terms
from aslo_core.log import EventLog, LogUnavailable
from aslo_core.log.buildlogs import BuildLogs, Chunk
from aslo_core.log.opening import database_at
from aslo_core.testing import values
from aslo_core.testing.story import Story
from tests.live.conftest import PATIENCE_S, Event, eventually, opened

RELEASE = values.announcement("10", "v1")


class Logs(BuildLogs):
    """Output that cannot be read at times."""

    away = False

    def after(self, stream: str, attempt: int, number: int, limit: int) -> list[Chunk]:
        if self.away:
            raise LogUnavailable("away")
        return super().after(stream, attempt, number, limit)


class Events(EventLog):
    """A log that cannot be read at times."""

    away = False

    def read(self, stream: str, after: int = 0) -> Iterator[e.Recorded]:
        if self.away:
            raise LogUnavailable("away")
        return super().read(stream, after)


class Live:
    """A release that is built, and the server that streams what the attempt writes."""

    def __init__(self, url: str, story: Story, events: Events, logs: Logs, server: LiveServer) -> None:
        self.server = server
        self._story = story
        self._events = events
        self._logs = logs
        story.announced(RELEASE)
        self.attempt = story.claimed(RELEASE, "build")
        self.url = f"{url}/live/logs/{self.attempt}/github/1/10"

    def writes(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self._logs.append(RELEASE.stream, self.attempt, 0, chunk)

    @contextmanager
    def log_away(self) -> Iterator[None]:
        """Whoever reads the log is told that it cannot be read."""
        self._logs.away = self._events.away = True
        yield
        self._logs.away = self._events.away = False

    def ends(self) -> None:
        failed = e.StepFailed(attempt=self.attempt, step="build", kind="transient", error="no", retry_at_us=0)
        self._story.happened(RELEASE.stream, failed)


@contextmanager
def living(log_path: Path, log: EventLog, terms: Terms, keep_alive_s: float = 60) -> Iterator[Live]:
    given_up: list[str] = []
    with ExitStack() as closes:
        logs = closes.enter_context(closing(Logs(log_path)))
        events = closes.enter_context(Events(database_at(log_path)))
        reading = closes.enter_context(closing(Reading()))
        listening = closes.enter_context(socket.create_server(("127.0.0.1", 0)))
        output = BuildOutput(Outputs(events, logs, reading, given_up.append), keep_alive_s)
        server = LiveServer(output.answer, terms, given_up.append, listening)
        server.start()
        try:
            yield Live(f"http://127.0.0.1:{listening.getsockname()[1]}", Story(log), events, logs, server)
        finally:
            server.stop(PATIENCE_S)
    assert given_up == []


@pytest.fixture
def live(log_path: Path, log: EventLog) -> Iterator[Live]:
    with living(log_path, log, Terms(streams=3)) as made:
        yield made


def test_an_ended_attempt_is_told_whole_and_then_its_end(live: Live) -> None:
    live.writes(b"one\ntw", b"o\n", b"\x1b[31mthree\x1b[0m \xff\n", b"10%\r100%")
    live.ends()
    with opened(live.url) as stream:
        assert (stream.status, stream.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
        assert stream.headers["Cache-Control"] == "no-store"
        *lines, end = stream
        assert "".join(line.data for line in lines) == "one\ntwo\nthree \ufffd\n"
        assert (lines[-1].id, end) == ("4", Event("end", "end", "100%"))
        assert 1000 <= int(stream.retry) <= 5000


def test_what_is_written_comes_while_it_is_and_the_end_when_it_is(live: Live) -> None:
    with opened(live.url) as stream:
        events = iter(stream)
        live.writes(b"first\n")
        assert next(events) == Event("1", "message", "first\n")
        live.writes(b"sec", b"ond\n")
        assert next(events) == Event("3", "message", "second\n")
        live.ends()
        assert list(events) == [Event("end", "end", "")]


@pytest.mark.parametrize("number", range(7))
def test_whoever_comes_back_gets_what_is_missing_and_nothing_twice(live: Live, number: int) -> None:
    """Wherever it broke off: within a line, an escape sequence or a character, and by header or address."""
    live.writes(b"one\ntw", b"o\n\x1b]0;ti", b"tle\x07three", b" \xe2\x82", b"\xac\n", b"four\nfive")
    live.ends()
    whole = "one\ntwo\nthree \u20ac\nfour\nfive"
    before = "".join(("", "one\n", "two\n", "", "", "three \u20ac\n", "four\n")[: number + 1])
    for address, headers in ((live.url, {"Last_Event_ID": str(number)}), (f"{live.url}?after={number}", {})):
        with opened(address, **headers) as stream:
            assert before + "".join(event.data for event in stream) == whole


def test_the_header_is_newer_than_the_address(live: Live) -> None:
    live.writes(b"one\n", b"two\n", b"three\n")
    live.ends()
    with opened(f"{live.url}?after=1", Last_Event_ID="2") as stream:
        assert next(iter(stream)).data == "three\n"


def test_whoever_has_seen_the_end_is_told_not_to_come_back(live: Live) -> None:
    with opened(live.url, Last_Event_ID="end") as stream:
        assert (stream.status, stream.body()) == (204, b"")


def test_many_readers_at_different_places_all_get_all_of_it(live: Live) -> None:
    """More than is kept in memory, so that whoever is late reads the database."""
    lines = [f"{number} {'x' * 9000}\n" for number in range(100)]
    live.writes(*(line.encode() for line in lines[:50]))
    with opened(live.url) as first, opened(live.url, Last_Event_ID="20") as second:
        early = iter(first)
        got = [next(early).data]
        live.writes(*(line.encode() for line in lines[50:]))
        with opened(live.url) as third:
            live.ends()
            assert "".join(got + [event.data for event in early]) == "".join(lines)
            assert "".join(event.data for event in second) == "".join(lines[20:])
            assert "".join(event.data for event in third) == "".join(lines)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/live/logs/2/github/1/10", {}, 404),
        ("/live/logs/1/github/1/11", {}, 404),
        ("/live/logs/0/github/1/10", {}, 404),
        ("/live/elsewhere", {}, 404),
        ("/live/logs/1/github/1/10", {"Last_Event_ID": "x"}, 400),
        ("/live/logs/1/github/1/10?after=-1", {}, 400),
    ],
)
def test_what_there_is_not_is_refused_in_words(live: Live, path: str, headers: dict[str, str], status: int) -> None:
    with opened(live.url.partition("/live")[0] + path, **headers) as stream:
        assert (stream.status, stream.headers["Content-Type"]) == (status, "application/problem+json")
        assert json.loads(stream.body())["status"] == status


def test_too_many_are_told_to_come_later_and_a_place_that_is_left_is_free(live: Live) -> None:
    with ExitStack() as streams:
        for _ in range(3):
            assert streams.enter_context(opened(live.url)).status == 200
        with opened(live.url) as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (503, "15")
            assert "3 streams are open" in json.loads(refused.body())["detail"]
        with opened(live.url.partition("/live")[0] + "/healthz") as health:
            assert json.loads(health.body()) == {"ready": True}

    def is_free() -> bool:
        with opened(live.url) as again:
            return again.status == 200

    eventually(is_free)


def test_a_silent_stream_is_kept_alive(log_path: Path, log: EventLog) -> None:
    with living(log_path, log, Terms(streams=1), keep_alive_s=0.01) as live, opened(live.url) as stream:
        events = iter(stream)
        threading.Timer(0.5, live.ends).start()
        assert next(events).name == "end"
        assert stream.comments > 1


def test_a_reader_that_takes_nothing_is_cut_off(log_path: Path, log: EventLog, logs: list[EventDict]) -> None:
    with living(log_path, log, Terms(streams=1, patience_s=0.2)) as live:
        live.writes(*[b"x" * 65_000 + b"\n"] * 100)
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            host, port = live.url.split("/")[2].split(":")
            client.connect((host, int(port)))
            client.sendall(f"GET {live.url.partition(port)[2]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            eventually(lambda: any(one["event"] == "live.cut_off" for one in logs))
        live.ends()
        with opened(live.url) as stream:  # its place is free
            assert list(stream)[-1].name == "end"


def test_a_stream_outlasts_a_log_that_is_away(log_path: Path, log: EventLog, logs: list[EventDict]) -> None:
    with living(log_path, log, Terms(streams=1)) as live, opened(live.url) as stream:
        live.writes(b"one\n")
        events = iter(stream)
        assert next(events).data == "one\n"
        with live.log_away():
            eventually(lambda: any(one["event"] == "live.log_unavailable" for one in logs))
        live.writes(b"two\n")
        assert next(events).data == "two\n"


def test_while_the_log_is_away_whoever_comes_is_told_to_come_again(live: Live) -> None:
    with live.log_away(), opened(live.url) as stream:
        assert (stream.status, stream.headers["Retry-After"]) == (503, "5")


def test_all_streams_end_when_the_server_does(live: Live) -> None:
    with opened(live.url) as first, opened(live.url) as second:
        live.writes(b"on\n")
        assert next(iter(first)).data == next(iter(second)).data == "on\n"
        begun = time.monotonic()
        live.server.stop(PATIENCE_S)
        assert time.monotonic() - begun < 2
        for stream in (first, second):
            assert stream.body() == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /live/logs/1/github/1/10 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", b"405"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", b"431"),
    ],
)
def test_what_is_no_request_for_a_stream_is_answered(live: Live, sent: bytes, status: bytes) -> None:
    host, port = live.url.split("/")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as client:
        client.sendall(sent)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 " + status)
