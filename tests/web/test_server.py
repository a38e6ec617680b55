"""Through a real server: what Sugar's updater and a resuming download manager rely on, and what nobody gets through."""

from __future__ import annotations

import http.client
import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from aslo_core.testing import values
from aslo_core.testing.site import Site
from aslo_core.testing.story import Made
from aslo_core.web import create_app
from aslo_core.web.intake import HOOK
from aslo_core.web.patience import TAKEN_TOO_SLOWLY
from aslo_core.web.server import LONG_BODY, MOST_LONG_BODIES, Bodies, make_server

ADDRESS = "/download/org.example.Maze/1/Maze-1.xo"
DATA = bytes(range(256)) * 4096
BIG_ADDRESS = "/download/org.example.Maze/2/Maze-2.xo"
BIG = bytes(range(256)) * (32 << 12)
"""More than all buffers on its way hold."""


LARGEST_BODY = 1 << 20
PATIENCE_S = 10
TAIL = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def port(site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    site.story.published(values.announcement("1", "v1"), Made(bundle=site.first.keep(DATA, ".xo")))
    site.projector.catch_up()
    for module in ("waitress.server", "waitress.channel"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=clock))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = make_server(create_app(site.services), listening, threads=2, bodies=Bodies(HOOK, LARGEST_BODY), clock=clock)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            with suppress(OSError):  # it has closed that already, when something else woke it
                server.trigger.pull_trigger(server.close)  # in the server's own thread
            thread.join(timeout=10)
            server.task_dispatcher.shutdown()


@pytest.fixture
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as opened:
        yield opened


def all_from(client: socket.socket) -> bytes:
    """Give all that the server says until it ends the connection."""
    answer = b""
    while piece := client.recv(65536):
        answer += piece
    return answer


def said(port: int, *pieces: bytes) -> bytes:
    """Send some bytes, and give all that the server says."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as client:
        for piece in pieces:
            client.sendall(piece)
        return all_from(client)


def test_one_connection_serves_head_whole_and_parts(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", ADDRESS)
    head = connection.getresponse()
    assert (head.status, head.read()) == (200, b"")
    assert head.headers["Content-Length"] == str(len(DATA))
    assert head.headers["Content-Type"] == "application/vnd.olpc-sugar"

    connection.request("GET", ADDRESS)
    assert connection.getresponse().read() == DATA

    connection.request("GET", ADDRESS, headers={"Range": "bytes=1000000-"})
    part = connection.getresponse()
    assert (part.status, part.headers["Content-Range"]) == (206, f"bytes 1000000-{len(DATA) - 1}/{len(DATA)}")
    assert part.read() == DATA[1_000_000:]

    connection.request("GET", ADDRESS, headers={"Range": f"bytes={len(DATA)}-"})
    beyond = connection.getresponse()
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(DATA)}")
    beyond.read()

    connection.request("HEAD", "/")
    page = connection.getresponse()
    assert (page.status, page.read()) == (200, b"")


def test_a_file_that_breaks_off_everywhere_is_never_taken_for_whole(site: Site, connection: http.client.HTTPConnection) -> None:
    site.first.breaks_at = 500_000
    connection.request("GET", ADDRESS)
    response = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead):
        response.read()


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.\d (\d{3}) ", answer)]


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Transfer-Encoding:\r\nContent-Length: 5",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding:\r\n chunked",
        b"Transfer-Encoding : chunked",
        b"Transfer-Encoding: \x0bchunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5\r\nContent-Length: 5",
        b"Content-Length: 5, 5",
        b"Content-Length: +5",
        b"Content-Length: -5",
        b"Content-Length: 5_0",
        b"Content-Length: 0x5",
        b"Content-Length: 5 5",
        b"Content-Length:",
        b"Content-Length: " + b"9" * 5000,
    ],
)
def test_a_request_whose_end_is_in_doubt_is_refused_and_nothing_behind_it_is_read(port: int, fields: bytes) -> None:
    answer = said(port, b"POST /api/hook HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n\r\n0\r\n\r\n" + TAIL)
    assert statuses(answer) == [400]
    assert b"Connection: close" in answer


@pytest.mark.parametrize("version", [b"1.0", b"1.2", b"2.0"])
def test_only_http_1_1_has_transfer_encodings(port: int, version: bytes) -> None:
    answer = said(
        port,
        b"POST /api/hook HTTP/" + version + b"\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n" + TAIL,
    )
    assert statuses(answer) == [400]


def test_an_encoding_that_it_does_not_know_is_said_to_be_unknown(port: int) -> None:
    answer = said(port, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + TAIL)
    assert statuses(answer) == [501]


@pytest.mark.parametrize(
    "fields", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
)
def test_a_request_whose_end_is_clear_is_followed_by_another(port: int, fields: bytes) -> None:
    answer = said(port, b"POST /api/hook HTTP/1.1\r\nHost: x\r\n" + fields + LAST)
    assert statuses(answer) == [404, 200]


@pytest.mark.parametrize("expecting", [b"", b"Expect: 100-continue\r\n"])
def test_too_much_is_refused_before_it_is_sent(port: int, expecting: bytes) -> None:
    head = b"POST /api/hook HTTP/1.1\r\nHost: x\r\n" + expecting + b"Content-Length: %d\r\n\r\n" % LARGEST_BODY
    answer = said(port, head)
    assert statuses(answer) == [413]
    assert b"Connection: close" in answer


@pytest.mark.parametrize("told", [True, False])
def test_whoever_sends_all_of_too_much_still_gets_the_answer(port: int, told: bool) -> None:
    body = b" " * (20 * LARGEST_BODY)
    framing = b"Content-Length: %d\r\n\r\n" % len(body) if told else b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body)
    answer = said(port, b"POST /api/hook HTTP/1.1\r\nHost: x\r\n" + framing, body)
    assert statuses(answer) == [413]


@pytest.mark.parametrize("path", [b"/", b"/healthz", b"/download/org.example.Maze/1/Maze-1.xo", b"/api"])
@pytest.mark.parametrize("expecting", [b"", b"Expect: 100-continue\r\n"])
@pytest.mark.parametrize("framing", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_only_webhooks_may_have_a_body(port: int, path: bytes, expecting: bytes, framing: bytes) -> None:
    answer = said(port, b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + expecting + framing + b"\r\n\r\n")
    assert statuses(answer) == [413]
    assert b"Connection: close" in answer
    assert b"Only what is sent to /api/hook may have a body." in answer


def test_of_long_bodies_only_some_are_taken_at_a_time_and_short_ones_always(port: int) -> None:
    head = b"POST /api/hook HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    long = LARGEST_BODY - 1
    with ExitStack() as opened:
        clients = {opened.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) for _ in range(30)}
        for client in clients:
            client.sendall(head % long + b" " * LONG_BODY)
        taken = set(clients)
        while len(taken) > MOST_LONG_BODIES:
            refused, _, _ = select.select(taken, [], [], PATIENCE_S)
            assert refused, "the server takes all of them"
            for client in refused:
                answer = all_from(client)
                assert statuses(answer) == [503]
                assert b"\r\nRetry-After: 30\r\n" in answer
                taken.remove(client)

        assert statuses(said(port, head.replace(b"Host", b"Connection: close\r\nHost") % 5 + b"hello")) == [404]
        for client in taken:
            client.sendall(b" " * (long - LONG_BODY))
            assert answered(client) == 404
        for client in taken:  # now there is room for each of them again
            client.sendall(head % long + b" " * long)
            assert answered(client) == 404


# --- whoever takes his time ----------------------------------------------------------------------------------------------


def answered(client: socket.socket) -> int:
    """Take a whole answer, and give its status."""
    response = http.client.HTTPResponse(client)
    response.begin()
    response.read()
    return response.status


def heard(client: socket.socket, clock: Clock, seconds: float, sending: bytes = b"") -> bytes:
    """Let time pass, with some bytes each time, until the server says something or closes, and give all it says."""
    patience = time.monotonic() + PATIENCE_S
    while not select.select([client], [], [], 0.05)[0]:
        assert time.monotonic() < patience, "the server waits on"
        clock.now += seconds
        client.sendall(sending)
    return all_from(client)


def test_hundreds_who_send_a_byte_now_and_then_keep_nobody_out_and_are_sent_away(port: int, clock: Clock) -> None:
    head = b"POST /api/hook HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n"
    with ExitStack() as opened:
        slow = [opened.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) for _ in range(300)]
        for client in slow:
            client.sendall(head)
        assert {bytes(client.recv(100)) for client in slow} == {b"HTTP/1.1 100 Continue\r\n\r\n"}
        assert statuses(said(port, LAST)) == [200]

        for client in slow:
            assert statuses(heard(client, clock, 31, b"x")) == [408]


def test_header_fields_have_to_come_soon(port: int, clock: Clock) -> None:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
        client.sendall(TAIL + b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        assert answered(client) == 200
        answer = heard(client, clock, 11, b"x")
    assert statuses(answer) == [408]
    assert b"header fields were not complete after 10 seconds" in answer


def test_a_connection_on_which_nothing_is_asked_is_closed_even_if_it_is_kept_busy(port: int, clock: Clock) -> None:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
        client.sendall(TAIL)
        assert answered(client) == 200
        assert heard(client, clock, 50, b"\r\n\r\n") == b""


@pytest.fixture
def big(site: Site, port: int) -> int:
    site.story.published(values.announcement("2", "v2"), Made(values.metadata(version="2"), bundle=site.first.keep(BIG, ".xo")))
    site.projector.catch_up()
    return port


def asked(port: int, address: str, opened: ExitStack, buffer: int = 64 << 10) -> socket.socket:
    """Ask for a file, and take its first bytes only."""
    client = opened.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.settimeout(PATIENCE_S)
    client.connect(("127.0.0.1", port))
    client.sendall(f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


def broken_off(clients: list[socket.socket], clock: Clock, taking: int = 0) -> list[str]:
    """Let time pass, with some bytes taken each time, until the answer to each is broken off, and give the reasons."""
    patience = time.monotonic() + PATIENCE_S
    with capture_logs() as logged:
        while len(told := [entry["reason"] for entry in logged if entry["event"] == "answer.broken_off"]) < len(clients):
            assert time.monotonic() < patience, "the server waits on"
            select.select([], [], [], 0.05)
            clock.now += 10
            for client in clients:
                client.recv(taking)
    return told


@pytest.mark.parametrize("taking", [0, 10_000])
def test_as_many_as_there_are_threads_who_do_not_take_their_answers_keep_nobody_out(
    big: int, clock: Clock, taking: int
) -> None:
    with ExitStack() as opened:
        slow = [asked(big, BIG_ADDRESS, opened) for _ in range(2)]
        waiting = opened.enter_context(socket.create_connection(("127.0.0.1", big), PATIENCE_S))
        waiting.sendall(LAST)
        assert broken_off(slow, clock, taking) == [TAKEN_TOO_SLOWLY] * 2
        assert statuses(all_from(waiting)) == [200]
        for client in slow:
            assert len(all_from(client)) < len(BIG)


def test_an_answer_that_only_the_kernel_took_is_not_kept_for_ever(port: int, clock: Clock) -> None:
    with ExitStack() as opened:
        assert broken_off([asked(port, ADDRESS, opened)], clock) == [TAKEN_TOO_SLOWLY]


def test_whoever_asks_for_a_lot_on_a_line_of_64_kbit_gets_all_of_it(big: int, clock: Clock) -> None:
    """It seems to take nothing for minutes: the kernel takes more only once it has sent megabytes."""
    with ExitStack() as opened:
        client = asked(big, BIG_ADDRESS, opened, buffer=1 << 20)
        taken = 0
        while taken < len(BIG):
            piece = client.recv(128 << 10)
            assert piece, "the server broke it off"
            taken += len(piece)
            clock.now += len(piece) / 8000
            assert statuses(said(big, LAST)) == [200]  # it has seen the time
