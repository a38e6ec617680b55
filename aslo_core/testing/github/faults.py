"""What the real GitHub does on a bad day, switched on for the requests that a test names.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import fnmatch
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aslo_core.testing.github.problems import Problem

_MEETING_SECONDS = 20


@dataclass(frozen=True)
class Canned:
    """An answer given instead of the true one; nothing is changed."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pause:
    """Waits before the request is handled."""

    wait: Callable[[], object]


@dataclass(frozen=True)
class LostAnswer:
    """The request is handled, then the connection breaks before a byte of the answer is sent."""


Fault = Canned | Pause | LostAnswer


def _problem(problem: Problem) -> Canned:
    headers = {"Content-Type": "application/json; charset=utf-8", **problem.headers}
    return Canned(problem.status, json.dumps(problem.body()), headers)


def server_error(status: int = 500) -> Canned:
    """500, 502, 503 or 504; behind the last three there is no JSON but a page of the load balancer."""
    if status == 500:  # noqa: PLR2004
        return _problem(Problem(500, "Server Error"))
    page = "<html><head><title>Unicorn!</title></head><body>We had issues producing the response.</body></html>"
    return Canned(status, page, {"Content-Type": "text/html; charset=utf-8"})


def secondary_limit(retry_after: int | None = 60, status: int = 403) -> Canned:
    """Too much was created in too short a time; GitHub does not always say how long to wait."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    page = "/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
    return _problem(Problem(status, message, page, headers=headers))


def primary_limit(reset_in: int = 1800, status: int = 403) -> Canned:
    """The hour's requests are used up; `reset_in` seconds until there are new ones."""
    reset = int(time.time()) + reset_in
    headers = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Used": "5000",
        "X-RateLimit-Reset": str(reset),
        "X-RateLimit-Resource": "core",
    }
    return _problem(Problem(status, "API rate limit exceeded for user ID 1.", headers=headers))


def refusal(status: int = 404, message: str = "Not Found", headers: Mapping[str, str] | None = None) -> Canned:
    """A 4xx answer. GitHub says 404 to hide what a token may not see, 403 to refuse what it may see but not change."""
    return _problem(Problem(status, message, headers=headers or {}))


def lost_answer() -> LostAnswer:
    """What was asked for is done, and the caller never hears of it."""
    return LostAnswer()


def slow(seconds: float) -> Pause:
    """An answer that takes its time."""
    return Pause(lambda: threading.Event().wait(seconds))


def together(parties: int) -> Pause:
    """Holds requests until so many of them are waiting, so that a race happens for certain."""
    barrier = threading.Barrier(parties)
    return Pause(lambda: barrier.wait(_MEETING_SECONDS))


class Faults:
    """The faults that are switched on, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[tuple[str, str, Fault]] = []

    def add(self, fault: Fault, *, method: str, path: str, times: int) -> None:
        """Let the next `times` requests that match run into a fault."""
        with self._lock:
            self._pending += [(method.upper(), path, fault)] * times

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request runs into."""
        with self._lock:
            for index, (wanted, pattern, fault) in enumerate(self._pending):
                if wanted in ("*", method) and fnmatch.fnmatchcase(path, pattern):
                    del self._pending[index]
                    return fault
        return None

    def clear(self) -> None:
        """Switch off what has not happened yet."""
        with self._lock:
            self._pending.clear()
