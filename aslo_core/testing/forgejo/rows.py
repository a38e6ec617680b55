"""What the double remembers. Rows change as the forge's do, so that whoever holds one sees it as it is now."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Repository:
    """A repository; its commits and tags are those of the git repository at `path`.

    Attributes:
        former: full names that it had, which redirect to it.
    """

    id: int
    owner: str
    name: str
    path: Path
    private: bool = False
    former: list[str] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


@dataclass
class Attachment:
    """A file attached to a release, or only a link to one elsewhere.

    Attributes:
        external_url: where the link leads to, empty for a file.
    """

    id: int
    name: str
    content: bytes
    external_url: str = ""
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class Release:
    """A release. While `is_tag`, it was deleted as a release and its tag was kept."""

    id: int
    repository: Repository
    tag: str
    author: str
    name: str = ""
    body: str = ""
    draft: bool = False
    prerelease: bool = False
    is_tag: bool = False
    attachments: list[Attachment] = field(default_factory=list)
    created: datetime = field(default_factory=_now)


@dataclass
class Hook:
    """A webhook; it sends nothing by itself.

    Attributes:
        at: name of its organisation, or `owner/name` of its repository.
        url: where it sends to.
        events: what it sends.
        active: whether it is switched on.
    """

    id: int
    at: str
    url: str
    content_type: str = "json"
    events: tuple[str, ...] = ("release",)
    active: bool = True


@dataclass
class Rows:
    """Everything that there is.

    Attributes:
        emails: address → account by which commits are attributed.
        hooks: webhooks, of organisations and repositories.
        organisations: which owners are one, in lower case.
        administered: owners whose webhooks the tokens' account may see, in lower case.
    """

    repositories: list[Repository] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    emails: dict[str, str] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)
    organisations: set[str] = field(default_factory=set)
    administered: set[str] = field(default_factory=set)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def repository(self, owner: str, name: str) -> tuple[Repository | None, bool]:
        """The repository of that name, and whether it was renamed since. Names are not case-sensitive."""
        wanted = f"{owner}/{name}".lower()
        for row in self.repositories:
            if row.full_name.lower() == wanted:
                return row, False
        return next((row for row in self.repositories if wanted in row.former), None), True

    def releases_of(self, repository: Repository) -> list[Release]:
        """The releases of a repository, newest first; tags are none."""
        return [row for row in reversed(self.releases) if row.repository is repository and not row.is_tag]

    def attachment(self, wanted: str) -> tuple[Release, Attachment] | None:
        """The attached file of that UUID."""
        every = ((release, one) for release in self.releases for one in release.attachments)
        return next(((release, one) for release, one in every if one.uuid == wanted), None)
