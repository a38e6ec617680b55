from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE_S = 30


@dataclass(frozen=True)
class Event:
    """What a client of the standard dispatches."""

    id: str
    name: str
    data: str


class Stream:
    """A client of WHATWG HTML, section 9.2.6, as far as it reads what it got."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.comments = 0
        self.retry = ""
        self._answer = answer

    def __iter__(self) -> Iterator[Event]:
        id_, name, data = "", "message", list[str]()
        for line in self._answer:
            field, _, value = line.decode().removesuffix("\n").partition(": ")
            match field:
                case "id":
                    id_ = value
                case "event":
                    name = value
                case "data":
                    data.append(value)
                case "retry":
                    self.retry = value
                case ":":
                    self.comments += 1
                case "":
                    if data:
                        yield Event(id_, name, "\n".join(data))
                    name, data = "message", []

    def body(self) -> bytes:
        """What is left of it, as it came."""
        return self._answer.read()


def eventually(is_so: Callable[[], bool]) -> None:
    """Ask again and again until it is so."""
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


@contextmanager
def opened(url: str, **headers: str) -> Iterator[Stream]:
    """Ask for a stream; header names with `_` for `-`."""
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_S)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        with connection.getresponse() as answer:
            yield Stream(answer)
    finally:
        connection.close()
