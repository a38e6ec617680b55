"""The few fields of a forge's payloads that are read. Pure.

https://docs.gitea.com/usage/webhooks and the API's own description at `/api/swagger`; the API answers with the same shapes.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import msgspec

MAX_NOTES = 200_000
MAX_TITLE = 1_000
MAX_ASSETS = 1_000

Id = Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)]

_NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ACTION = re.compile(r"[a-z_]{1,50}")


class AccountPart(msgspec.Struct, frozen=True):
    """A person, organisation or bot. `login` is the name; old forges say `username` alone, new ones both."""

    login: str = ""
    username: str = ""

    def __post_init__(self) -> None:
        if self.login and self.username and self.login != self.username:
            raise ValueError(f"expected one name of an account, found {self.login[:100]!a} and {self.username[:100]!a}")
        _require(_NAME, self.name, "an account's name of up to 100 letters, digits, dots, hyphens and underscores")

    @property
    def name(self) -> str:
        """Name of the account, as it stands in addresses."""
        return self.login or self.username


class RepositoryPart(msgspec.Struct, frozen=True):
    """A repository under its present name."""

    id: Id
    name: str
    owner: AccountPart

    def __post_init__(self) -> None:
        _require(_NAME, self.name, "a repository's name of up to 100 letters, digits, dots, hyphens and underscores")

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.name}/{self.name}"


class AssetPart(msgspec.Struct, frozen=True):
    """An attached file; `type` is `external` for one that is only a link to another place."""

    id: Id
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    size: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
    uuid: str
    type: str = "attachment"

    def __post_init__(self) -> None:
        _require(_UUID, self.uuid, "a UUID in small letters")


class ReleasePart(msgspec.Struct, frozen=True):
    """A release; `name` is its title, `body` its notes in Markdown."""

    id: Id
    tag_name: Annotated[str, msgspec.Meta(max_length=255)]
    name: Annotated[str, msgspec.Meta(max_length=MAX_TITLE)] | None = None
    body: Annotated[str, msgspec.Meta(max_length=MAX_NOTES)] | None = None
    draft: bool = False
    prerelease: bool = False
    author: AccountPart | None = None
    published_at: datetime | None = None
    assets: Annotated[tuple[AssetPart, ...], msgspec.Meta(max_length=MAX_ASSETS)] | None = None


class ReleaseEvent(msgspec.Struct, frozen=True):
    """What happened to a release, and through whom."""

    action: str
    release: ReleasePart
    repository: RepositoryPart
    sender: AccountPart

    def __post_init__(self) -> None:
        _require(_ACTION, self.action, "an action of up to 50 small letters and underscores")


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


def _require(form: re.Pattern[str], found: str, expected: str) -> None:
    if not form.fullmatch(found):
        raise ValueError(f"expected {expected}, found {found[:100]!a}")
