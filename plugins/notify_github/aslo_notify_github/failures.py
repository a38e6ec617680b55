"""Tells apart what may go well later from what needs somebody's hand.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit,
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests
from github import GithubException, RateLimitExceededException

from aslo_core.api import Permanent, Transient

_UNNAMED_WAIT_SECONDS = 60.0
_FIRST_SERVER_ERROR = 500
_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS = 408, 429

_CURES = {
    401: (
        "github.credentials-refused",
        "Give {table} a token that has not expired or been revoked, or check app_id and private_key_file.",
    ),
    403: (
        "github.not-allowed",
        "Give the account of {table} read access to contents and write access to commit statuses in that repository.",
    ),
    404: (
        "github.not-found",
        "Check that the repository still exists and that the account of {table}, or its App, may see it.",
    ),
    422: (
        "github.refused",
        "Check that the commit is still in that repository; otherwise report this as a fault of ASLO's.",
    ),
}
_UNEXPECTED = ("github.unexpected-answer", "Check that base_url of {table} is the address of GitHub's REST API.")


@contextmanager
def classified(attempt: str, table: str) -> Iterator[None]:
    """Turn what PyGithub and requests raise into ASLO's errors.

    Args:
        attempt: what is being done, on what: `comment on sugarlabs/hello@1a2b3c4`.
        table: table of the configuration that a cure refers to, for example `[notifier.github]`.

    Raises:
        Transient: GitHub is not reachable, fails, or asks to wait.
        Permanent: GitHub refuses.
    """
    try:
        yield
    except GithubException as error:
        raise _answered(error, attempt, table) from error
    except (requests.RequestException, json.JSONDecodeError) as error:
        kind = type(error).__name__
        raise Transient(f"{attempt}: GitHub gave no usable answer ({kind}); it may be down or unreachable") from error


def _answered(error: GithubException, attempt: str, table: str) -> Transient | Permanent:
    headers = {key.lower(): str(value) for key, value in (error.headers or {}).items()}
    told = _message(error)
    if _is_rate_limited(error, headers):
        wait = _wait_seconds(headers)
        return Transient(f"{attempt}: GitHub asks to wait {wait:.0f} s: {told}", retry_after=wait)
    if error.status >= _FIRST_SERVER_ERROR or error.status == _REQUEST_TIMEOUT:
        return Transient(f"{attempt}: GitHub answered {error.status}: {told}", retry_after=_seconds(headers.get("retry-after")))
    rule, cure = _CURES.get(error.status, _UNEXPECTED)
    return Permanent(rule, f"{attempt}: GitHub answered {error.status}: {told}.", cure.format(table=table))


def _is_rate_limited(error: GithubException, headers: Mapping[str, str]) -> bool:
    if error.status == _TOO_MANY_REQUESTS or isinstance(error, RateLimitExceededException):
        return True
    return error.status == requests.codes.forbidden and (
        "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    )


def _wait_seconds(headers: Mapping[str, str]) -> float:
    named = _seconds(headers.get("retry-after"))
    if named is not None:
        return named
    reset = _seconds(headers.get("x-ratelimit-reset"))
    if reset is not None and headers.get("x-ratelimit-remaining") == "0":
        return max(reset - time.time(), 0.0) + 1
    return _UNNAMED_WAIT_SECONDS


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isdecimal() else None


def _message(error: GithubException) -> str:
    data = error.data
    if not isinstance(data, dict):
        return "no reason given"
    told = str(data.get("message") or "no reason given")
    details = [
        str(each.get("message") or f"{each.get('field')} {each.get('code')}")
        for each in data.get("errors") or []
        if isinstance(each, dict)
    ]
    return "; ".join([told, *details])[:500].rstrip(".")
