"""How long GitHub asks to wait.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
"""

from __future__ import annotations

import time

from github import GithubException, RateLimitExceededException

from aslo_core.api import UNNAMED_WAIT_SECONDS, rate_limit_wait, retry_after


def rate_limit_seconds(error: GithubException) -> float | None:
    """Seconds until a limit is over, or None where the error is none of a limit."""
    wait = rate_limit_wait(error.status, _headers(error), time.time())
    if wait is None and isinstance(error, RateLimitExceededException):
        return UNNAMED_WAIT_SECONDS
    return wait


def retry_after_seconds(error: GithubException) -> float | None:
    """Seconds that the header `Retry-After` names, or None where there is none."""
    return retry_after(_headers(error), time.time())


def _headers(error: GithubException) -> dict[str, str]:
    return {key.lower(): str(value) for key, value in (error.headers or {}).items()}
