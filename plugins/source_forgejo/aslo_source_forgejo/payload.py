"""The few fields of a forge's payloads that are read. Pure.

https://docs.gitea.com/usage/webhooks and the API's own description at `/api/swagger`; the API answers with the same shapes.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import msgspec

from aslo_core.api import code_host

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class AccountPart(msgspec.Struct, frozen=True):
    """A person, organisation or bot. `login` is the name; old forges say `username` alone, new ones both."""

    login: str = ""
    username: str = ""

    def __post_init__(self) -> None:
        if self.login and self.username and self.login != self.username:
            raise ValueError(f"expected one name of an account, found {self.login[:100]!a} and {self.username[:100]!a}")
        code_host.require_name(self.name, "an account")

    @property
    def name(self) -> str:
        """Name of the account, as it stands in addresses."""
        return self.login or self.username


class RepositoryPart(msgspec.Struct, frozen=True):
    """A repository under its present name."""

    id: code_host.Id
    name: str
    owner: AccountPart

    def __post_init__(self) -> None:
        code_host.require_name(self.name, "a repository")

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.name}/{self.name}"


class AssetPart(msgspec.Struct, frozen=True):
    """An attached file; `type` is `external` for one that is only a link to another place."""

    id: code_host.Id
    name: code_host.FileName
    size: code_host.Size
    uuid: str
    type: str = "attachment"

    def __post_init__(self) -> None:
        code_host.require(_UUID, self.uuid, "a UUID in small letters")


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
    assets: Annotated[tuple[AssetPart, ...], code_host.MOST_ATTACHED] | None = None


class ReleaseEvent(msgspec.Struct, frozen=True):
    """What happened to a release, and through whom."""

    action: str
    release: ReleasePart
    repository: RepositoryPart
    sender: AccountPart

    def __post_init__(self) -> None:
        code_host.require(code_host.WORD, self.action, "an action of up to 50 small letters and underscores")


class PushEvent(msgspec.Struct, frozen=True):
    """Commits before and after a push."""

    before: str
    after: str

    @property
    def is_test(self) -> bool:
        """Whether nothing was pushed: the button "Test delivery" names one commit twice."""
        return self.before == self.after


class CommitPart(msgspec.Struct, frozen=True):
    """A commit, and its author's account where the forge knows one."""

    author: AccountPart | None = None
