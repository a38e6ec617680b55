"""Asks GitHub's REST API for what a probe looks at, and says what its refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import requests
from github import GithubException
from github.Requester import Requester

from aslo_core.api import Probed, Transient, payloads
from aslo_github_account.waiting import rate_limit_seconds

PartT = TypeVar("PartT")

_UNAUTHORISED = 401
_HIDDEN = (403, 404)
_MAX_QUOTE = 200
_GIVE_UP = (requests.RequestException, payloads.Malformed, RuntimeError, ValueError)


@dataclass(frozen=True)
class Answer(Generic[PartT]):
    """What GitHub answered.

    Attributes:
        headers: names in lower case.
        said: the fields that were asked for.
    """

    headers: Mapping[str, str]
    said: PartT


class Refused(Exception):
    """GitHub did not answer with what was asked for.

    Args:
        found: what it did.
        cure: what the operator can do.
        hidden: whether it does not show it with these credentials, or it is not there: GitHub tells neither from the other.
        retry_after: seconds that it asks to wait, or None.
    """

    def __init__(self, found: str, cure: str, *, hidden: bool = False, retry_after: float | None = None) -> None:
        super().__init__(found)
        self.found = found
        self.cure = cure
        self.hidden = hidden
        self.retry_after = retry_after

    def probed(self, what: str) -> Probed:
        """Say that what was asked for is needed."""
        return Probed.bad(what, self.found, self.cure)


def ask(requester: Requester, path: str, kind: type[PartT]) -> Answer[PartT]:
    """Get what is at a path below the API's address.

    Raises:
        Refused: GitHub cannot be reached, or does not answer with that.
    """
    try:
        headers, data = requester.requestJsonAndCheck("GET", path)
        return Answer({name.lower(): str(value) for name, value in headers.items()}, payloads.convert(data, kind))
    except GithubException as error:
        raise _refusal(error) from error
    except _GIVE_UP as error:
        found = f"no usable answer ({type(error).__name__})"
        cure = "look whether api_url is the API's address, and whether this machine can reach it"
        raise Refused(found, cure) from error


def ask_if_shown(requester: Requester, path: str, kind: type[PartT]) -> Answer[PartT] | None:
    """Get what is at a path below the API's address, or None where GitHub does not show it.

    Raises:
        Transient: GitHub cannot be reached, asks to wait, or does not know us.
    """
    try:
        return ask(requester, path, kind)
    except Refused as refused:
        if refused.hidden:
            return None
        attempt = f"ask GitHub for {path.partition('?')[0]}"
        raise Transient(f"{attempt}: {refused.found}; {refused.cure}", retry_after=refused.retry_after) from refused


def _refusal(error: GithubException) -> Refused:
    data: Any = error.data
    told = str(data.get("message", ""))[:_MAX_QUOTE] if isinstance(data, dict) else ""
    found = f"GitHub answers {error.status}{f' ({told})' if told else ''}"
    if (wait := rate_limit_seconds(error)) is not None:
        cure = f"wait {wait:.0f} seconds, or give a token or an App"
        return Refused(f"{found}: its limit is reached", cure, retry_after=wait)
    if error.status == _UNAUTHORISED:
        cure = "give a token that has not expired or been revoked; for an App check app_id, private_key_file and the clock"
        return Refused(found, cure)
    cure = "look whether the account or App may see it, and whether api_url is the API's address"
    return Refused(found, cure, hidden=error.status in _HIDDEN)
