"""What the real GitHub does on a bad day, switched on for the requests that a test names.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from aslo_core.testing.code_host.faults import Canned, Fault, LostAnswer, Pause, lost_answer, slow, together
from aslo_core.testing.github.problems import Problem

__all__ = [
    "Canned",
    "Fault",
    "LostAnswer",
    "Pause",
    "lost_answer",
    "primary_limit",
    "refusal",
    "secondary_limit",
    "server_error",
    "slow",
    "together",
]


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
