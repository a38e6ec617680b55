"""Webhooks over 16 connections, in ratio to others in the same run: `python -m bench.webhooks`.

Each one is a release of its own with GitHub's whole payload, signed, and taken; the server is a process of its own.
ASLO is held against the same route that only verifies and parses, against one that commits each request by itself, and against
Buildbot's GitHub hook, which records a change of each. Redis is up in one measurement and away in another. For Buildbot see
`bench.buildbot`.
"""

from __future__ import annotations

import itertools
import json
import re
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aslo_core.log.migrations import upgrade
from aslo_core.testing.github import GitHub, delivery_headers, encode
from aslo_core.testing.processes import NotInstalled, free_ports
from aslo_core.testing.redis_server import run_redis
from aslo_core.testing.repository import GitPlumbing
from bench.buildbot import SECRET, buildbot, push
from bench.paired import compare

CONNECTIONS = 16
SECONDS = 0.8
MADE_BEFOREHAND = 12_000
"""More than any server here answers within that time."""
NUMBERS = itertools.count(1)

Make = Callable[[int], bytes]
"""Makes a whole request, of a number that never comes twice."""


class Hook:
    """Where webhooks are sent to, and how long each answer took.

    All connections are served by one thread, with requests that were made and signed beforehand: the clients share the
    processors with the server, and whatever they do is taken from it.

    Args:
        port: of the server, on this machine.
        make: makes the requests.
    """

    def __init__(self, port: int, make: Make) -> None:
        self._address = "127.0.0.1", port
        self._make = make
        self.seconds: list[float] = []

    def rate(self) -> float:
        """Measure webhooks per second over all connections, each of which sends the next one once it has its answer."""
        ready = [self._make(next(NUMBERS)) for _ in range(MADE_BEFOREHAND)]
        with ExitStack() as stack:
            readable = stack.enter_context(selectors.DefaultSelector())
            connections = [
                _Connection(stack.enter_context(socket.create_connection(self._address))) for _ in range(CONNECTIONS)
            ]
            for connection in connections:
                readable.register(connection, selectors.EVENT_READ, connection)
            answered = len(self.seconds)
            begun = time.perf_counter()
            for connection in connections:
                connection.send(ready.pop())
            while readable.get_map():
                for key, _ in readable.select():
                    answering: _Connection = key.data
                    if not answering.receive():
                        continue
                    now = time.perf_counter()
                    self.seconds.append(now - answering.sent)
                    if now - begun < SECONDS:
                        answering.send(ready.pop())
                    else:
                        readable.unregister(key.fileobj)
            return (len(self.seconds) - answered) / (time.perf_counter() - begun)

    def p99(self) -> float:
        """How long all but one of a hundred took at most, in seconds."""
        return statistics.quantiles(self.seconds, n=100)[-1]


class _Connection:
    """A client's connection.

    Attributes:
        sent: when the last request was sent.
    """

    def __init__(self, socket_: socket.socket) -> None:
        socket_.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.fileno = socket_.fileno
        self.sent = 0.0
        self._socket = socket_
        self._data = b""

    def send(self, request: bytes) -> None:
        self.sent = time.perf_counter()
        self._socket.sendall(request)

    def receive(self) -> bool:
        """Take what came; tell whether that is the whole answer."""
        piece = self._socket.recv(65536)
        assert piece, "the server closed the connection"
        self._data += piece
        head, end, body = self._data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if not end or (length and len(body) < int(length[1])):
            return False
        assert head.split(b" ", 2)[1] in (b"200", b"202"), head
        self._data = b""
        return True


def request(path: str, event: str, body: bytes, number: int) -> bytes:
    """Write a signed webhook as it goes over the wire."""
    headers = delivery_headers(body, event, SECRET, delivery_id=f"bench-{number}")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body


def of_releases(folder: Path) -> Make:
    """Make what gives webhooks of releases: GitHub's payload, each with another release's id."""
    plumbing = GitPlumbing(folder / "maze.git")
    with GitHub(folder / "host") as github:
        hosted = github.add_repository("sugarlabs", "maze", plumbing.path)
        payload = github.release_payload(github.add_release(hosted, "v1"))
    marker = 987654321
    payload["release"]["id"] = marker
    before, _, after = encode(payload).partition(str(marker).encode())
    return lambda number: request("/api/hook", "release", before + str(number).encode() + after, number)


def of_pushes(number: int) -> bytes:
    """Give a webhook of a push."""
    return request("/change_hook/github", "push", json.dumps(push(number)).encode(), number)


@contextmanager
def served(kind: str, folder: Path, redis_url: str = "") -> Iterator[int]:
    """Run a server of `bench.hook_server` while the block does; gives its port."""
    folder.mkdir()
    upgrade(folder / "log.db")
    command = [sys.executable, "-W", "ignore", "-m", "bench.hook_server", kind, str(folder), SECRET, redis_url]
    with (
        (folder / "messages").open("wb") as messages,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages) as server,
    ):
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        make = of_releases(folder)

        def hook(kind: str, name: str, redis_url: str = "") -> Hook:
            return Hook(stack.enter_context(served(kind, folder / name, redis_url)), make)

        what = f"webhooks, {CONNECTIONS} connections"
        ours, commits = hook("records", "ours"), hook("commits", "commits")
        compare(what, ours.rate, "verified and parsed alone", hook("parses", "parses").rate, aim=0.5)
        ours.seconds.clear()
        compare(what, ours.rate, "a commit for each", commits.rate, aim=2)
        mine, theirs = ours.p99(), commits.p99()
        print(
            f"{'p99 of an answer':34} {mine * 1e3:6.1f} ms, a commit for each {theirs * 1e3:6.1f} ms,"
            f" ratio {mine / theirs:5.2f}, aim 0.1 at most"
        )
        try:
            up = hook("records", "up", stack.enter_context(run_redis(folder)).url())
            down = hook("records", "down", f"redis://127.0.0.1:{free_ports(1)[0]}/0")
            compare(f"{what}, Redis down", down.rate, "Redis up", up.rate, aim=0.95)
        except NotInstalled as reason:
            print(f"left out: {reason}")
        try:
            port = stack.enter_context(buildbot(folder, builds=False))
            compare(what, ours.rate, "Buildbot's GitHub hook", Hook(port, of_pushes).rate, aim=25)
        except NotInstalled as reason:
            print(f"left out: {reason}")


if __name__ == "__main__":
    main()
