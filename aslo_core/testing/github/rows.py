"""What the double remembers: rows that name each other by id, as they lie in its state file."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Root of the rows; ids are unique over all of them."""

    id: int


class Account(Row, frozen=True, kw_only=True):
    """A user, an organisation or an App's bot.

    Attributes:
        kind: `User`, `Organization` or `Bot`.
        emails: addresses by which commits are attributed to the account.
    """

    login: str
    kind: str = "User"
    emails: tuple[str, ...] = ()


class Repository(Row, frozen=True, kw_only=True):
    """A repository; its commits and tags are those of the git repository at `path`.

    Attributes:
        owner: login of its account.
        path: git directory, or working tree with a `.git` in it.
        former: full names that it had, which redirect to it.
    """

    owner: str
    name: str
    path: str
    created_at: str
    description: str = ""
    private: bool = False
    former: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def path_on_disk(self) -> Path:
        """`path`, to be opened."""
        return Path(self.path)


class Release(Row, frozen=True, kw_only=True):
    """A release.

    Attributes:
        repository: id of its repository.
        tag: name of the git tag, which need not exist while it is a draft.
        author: login of who made it.
        target: branch or commit that the tag is made from if it does not exist.
        published_at: empty while it is a draft.
    """

    repository: int
    tag: str
    author: str
    created_at: str
    name: str = ""
    body: str = ""
    draft: bool = False
    prerelease: bool = False
    target: str = ""
    published_at: str = ""


class Asset(Row, frozen=True, kw_only=True):
    """A file attached to a release; its bytes lie beside the state file under its id."""

    release: int
    name: str
    size: int
    digest: str
    content_type: str
    uploader: str
    created_at: str


class Comment(Row, frozen=True, kw_only=True):
    """A comment on a commit."""

    repository: int
    commit: str
    author: str
    body: str
    created_at: str
    updated_at: str


class Status(Row, frozen=True, kw_only=True):
    """A commit status."""

    repository: int
    commit: str
    creator: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    created_at: str


ROWS: tuple[type[Row], ...] = (Account, Repository, Release, Asset, Comment, Status)
