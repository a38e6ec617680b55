"""The few fields of GitHub's payloads that are read. Pure.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#release. The same shapes come from the REST API.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec

from aslo_core.api import code_host, payloads

_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?")
_MOST_FIELDS = 10


class AccountPart(msgspec.Struct, frozen=True):
    """A person, organisation or bot."""

    login: str

    def __post_init__(self) -> None:
        code_host.require(_LOGIN, self.login, "an account's name of up to 100 letters, digits, hyphens and underscores")


class RepositoryPart(msgspec.Struct, frozen=True):
    """A repository under its present name."""

    id: code_host.Id
    name: str
    owner: AccountPart

    def __post_init__(self) -> None:
        code_host.require_name(self.name, "a repository")


class AssetPart(msgspec.Struct, frozen=True):
    """An attached file; `state` is `uploaded` once all of it is there."""

    id: code_host.Id
    name: code_host.FileName
    size: code_host.Size
    state: str = "uploaded"


class ReleasePart(msgspec.Struct, frozen=True):
    """A release; `name` is its title, `body` its notes in Markdown."""

    id: code_host.Id
    tag_name: code_host.TagName
    name: code_host.Title | None = None
    body: code_host.Notes | None = None
    draft: bool = False
    prerelease: bool = False
    author: AccountPart | None = None
    published_at: datetime | None = None
    assets: Annotated[tuple[AssetPart, ...], code_host.MOST_ATTACHED] = ()


class ReleaseEvent(msgspec.Struct, frozen=True):
    """What happened to a release, and through whom."""

    action: str
    release: ReleasePart
    repository: RepositoryPart
    sender: AccountPart

    def __post_init__(self) -> None:
        code_host.require(code_host.WORD, self.action, "an action of up to 50 small letters and underscores")


class PingEvent(msgspec.Struct, frozen=True):
    """A webhook was made or is tested."""

    hook_id: code_host.Id | None = None


def json_of_form(body: bytes) -> bytes:
    """Take the JSON out of a form's one field `payload`.

    Raises:
        payloads.Malformed: there is not exactly one.
    """
    try:
        fields = parse_qsl(body.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        found = f"what is no form in UTF-8 of at most {_MOST_FIELDS} fields, none of them empty"
        raise payloads.Malformed(f"expected a form with the one field payload, found {found}") from None
    names = [name for name, _ in fields]
    if names != ["payload"]:
        found = ", ".join(ascii(name[:40]) for name in names)
        raise payloads.Malformed(f"expected a form with the one field payload, found these fields: {found}")
    return fields[0][1].encode()
