"""Tells apart what may go well later from what needs somebody's hand.

https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from aslo_github_account import rate_limit_seconds, retry_after_seconds
from github import GithubException

from aslo_core.api import Permanent, Transient

_FIRST_SERVER_ERROR = 500
_REQUEST_TIMEOUT = 408

CREDENTIALS_REFUSED = "github.credentials-refused"
_CURES = {
    401: (
        CREDENTIALS_REFUSED,
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
_UNEXPECTED = ("github.unexpected-answer", "Check that api_url of {table} is the address of GitHub's REST API.")


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
    told = _message(error)
    wait = rate_limit_seconds(error)
    if wait is not None:
        return Transient(f"{attempt}: GitHub asks to wait {wait:.0f} s: {told}", retry_after=wait)
    if error.status >= _FIRST_SERVER_ERROR or error.status == _REQUEST_TIMEOUT:
        return Transient(f"{attempt}: GitHub answered {error.status}: {told}", retry_after=retry_after_seconds(error))
    rule, cure = _CURES.get(error.status, _UNEXPECTED)
    return Permanent(rule, f"{attempt}: GitHub answered {error.status}: {told}.", cure.format(table=table))


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
