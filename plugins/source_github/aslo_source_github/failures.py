"""Tells apart what may go well later, what the operator has to mend, and what the developer has to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from aslo_github_account import rate_limit_seconds, retry_after_seconds
from github import BadAttributeException, GithubException

from aslo_core.api import AsloError, Permanent, Transient, payloads

_MAX_QUOTE = 300
_GONE = (404, 409, 410, 451)
_OPERATORS = (401, 403)


@contextmanager
def classified(attempt: str, missing: Permanent) -> Iterator[None]:
    """Turn what PyGithub and requests raise into ASLO's errors.

    Args:
        attempt: what is being done, on what: `look up tag 'v1' of sugarlabs/maze`.
        missing: raised where GitHub says that it is not there (404, 410), that there is no commit at all (409), or that it
            may not show it (451).

    Raises:
        Transient: GitHub cannot be reached, fails, asks to wait, or refuses the token, which only the operator can mend.
        Permanent: `missing`.
    """
    try:
        yield
    except GithubException as error:
        raise _answered(attempt, missing, error) from error
    except (requests.RequestException, BadAttributeException, payloads.Malformed, RuntimeError, ValueError) as error:
        found = str(error)[:_MAX_QUOTE] if isinstance(error, payloads.Malformed) else type(error).__name__
        raise Transient(f"{attempt}: GitHub gave no usable answer: {found}") from error


def _answered(attempt: str, missing: Permanent, error: GithubException) -> AsloError:
    said = f"GitHub answered {error.status}{_message(error)}"
    wait = rate_limit_seconds(error)
    if wait is not None:
        return Transient(f"{attempt}: {said}; it asks to wait {wait:.0f} s", retry_after=wait)
    if error.status in _GONE:
        return missing
    if error.status in _OPERATORS:
        return Transient(f"{attempt}: {said}; the operator has to give this source a token or App that may read it")
    return Transient(f"{attempt}: {said}", retry_after=retry_after_seconds(error))


def _message(error: GithubException) -> str:
    told = error.data.get("message") if isinstance(error.data, dict) else None
    return f" ({str(told)[:_MAX_QUOTE].rstrip('.')})" if told else ""
