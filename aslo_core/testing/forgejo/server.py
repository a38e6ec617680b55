"""The double itself: a Forgejo on the loopback address, with real repositories and real HTTP."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flask import Flask

from aslo_core.testing.certificates import Certificate
from aslo_core.testing.code_host.faults import Fault, Faults
from aslo_core.testing.code_host.serving import Serving
from aslo_core.testing.forgejo.app import create_app
from aslo_core.testing.forgejo.rows import Attachment, Hook, Release, Repository, Rows
from aslo_core.testing.forgejo.shapes import Json, Shapes
from aslo_core.testing.forgejo.site import Site


class Forgejo:
    """A double of Forgejo, after its public documentation.

    Use it as a context manager; it serves from entering to leaving, and forgets everything but what git keeps.

    Args:
        root: directory for repositories that it makes; made if it is not there.
        tokens: token → its scopes, for example `read:repository`.
        certificate: for TLS with it, None for plain HTTP.
    """

    def __init__(
        self, root: Path, *, tokens: Mapping[str, Collection[str]] | None = None, certificate: Certificate | None = None
    ) -> None:
        self.root = root
        self.rows = Rows()
        self._tokens = {token: frozenset(scopes) for token, scopes in (tokens or {}).items()}
        self._certificate = certificate
        self._faults = Faults()
        self._requests: list[str] = []

    def __enter__(self) -> Self:
        self._serving = Serving(0, self._app, self._certificate)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._serving.stop()

    def _app(self, url: str) -> Flask:
        return create_app(Site(url, self.rows, self._tokens), self._faults, self._requests)

    @property
    def url(self) -> str:
        """Address of its pages, its API and git, without a slash at the end."""
        return self._serving.url

    @property
    def shapes(self) -> Shapes:
        """Shows rows as this double does."""
        return Shapes(self.url, self.rows.emails)

    # --- what a test sets up -------------------------------------------------------------------------------------------

    def add_repository(self, owner: str, name: str, path: Path | None = None, *, private: bool = False) -> Repository:
        """Host the git repository at `path` (bare or a working tree); an empty bare one is made if that is None."""
        if path is None:
            path = self.root / owner / f"{name}.git"
            subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", path], check=True)
        row = Repository(next(self.rows.ids), owner, name, path.resolve(), private)
        self.rows.repositories.append(row)
        return row

    def rename_repository(self, repository: Repository, owner: str, name: str) -> None:
        """Rename or transfer it; the old address redirects to the new one."""
        repository.former.append(repository.full_name.lower())
        repository.owner, repository.name = owner, name

    def publish(
        self,
        repository: Repository,
        tag: str,
        *,
        author: str = "",
        name: str = "",
        notes: str = "",
        draft: bool = False,
        prerelease: bool = False,
        files: Mapping[str, bytes] | None = None,
    ) -> Release:
        """Make a release of a tag. One of a tag that was a release before is that one again, with its id, as on the forge.

        Args:
            repository: where.
            tag: the git tag.
            author: login of who releases, the owner if empty.
            name: title.
            notes: Markdown.
            draft: whether it is not published yet.
            prerelease: whether it is marked so.
            files: name → bytes of what is attached.
        """
        row = next((row for row in self.rows.releases if row.repository is repository and row.tag == tag and row.is_tag), None)
        if row is None:
            row = Release(next(self.rows.ids), repository, tag, author or repository.owner)
            self.rows.releases.append(row)
        row.author, row.name, row.body = author or repository.owner, name, notes
        row.draft, row.prerelease, row.is_tag = draft, prerelease, False
        for file, content in (files or {}).items():
            self.attach(row, file, content)
        return row

    def attach(self, release: Release, name: str, content: bytes = b"", external_url: str = "") -> Attachment:
        """Attach a file to a release, or a link to another place."""
        row = Attachment(next(self.rows.ids), name, content, external_url)
        release.attachments.append(row)
        return row

    def delete(self, release: Release) -> None:
        """Delete a release with its files; its tag stays."""
        release.is_tag, release.attachments = True, []

    def add_account(self, login: str, *emails: str) -> None:
        """Attribute commits by these addresses to an account."""
        self.rows.emails.update(dict.fromkeys(emails, login))

    def add_organisation(self, login: str, *, administered: bool = False) -> None:
        """Let an owner be an organisation; `administered` lets the tokens' account see its webhooks."""
        self.rows.organisations.add(login.lower())
        if administered:
            self.administer(login)

    def administer(self, login: str) -> None:
        """Let the tokens' account see the webhooks of an owner and of its repositories."""
        self.rows.administered.add(login.lower())

    def add_hook(self, at: str, url: str, **fields: Any) -> Hook:
        """Enter a webhook of an organisation or of `owner/name`; further fields are those of `Hook`."""
        hook = Hook(next(self.rows.ids), at, url, **fields)
        self.rows.hooks.append(hook)
        return hook

    def fail(self, fault: Fault, *, method: str = "*", path: str = "*", times: int = 1) -> None:
        """Let the next requests that match run into a fault of `aslo_core.testing.code_host.faults`.

        Args:
            fault: what happens to them.
            method: HTTP method, or `*`.
            path: pattern as in `fnmatch`, of the whole path.
            times: how many requests.
        """
        self._faults.add(fault, method=method, path=path, times=times)

    # --- what a test looks at ------------------------------------------------------------------------------------------

    @property
    def requests(self) -> list[str]:
        """Every request since it was made, oldest first, as `METHOD /path`."""
        return list(self._requests)

    # --- what it would send --------------------------------------------------------------------------------------------

    def payload(self, release: Release, action: str, *, sender: str = "") -> Json:
        """The `release` event of a release as it is now; `action` is `published`, `updated` or `deleted`."""
        return {
            "action": action,
            "release": self.shapes.release(release),
            "repository": self.shapes.repository(release.repository),
            "sender": self.shapes.user(sender or release.author),
        }

    def push_payload(self, repository: Repository, before: str, after: str) -> Json:
        """The `push` event; with the same commit before and after it is what the button "Test delivery" sends."""
        return {
            "ref": "refs/heads/main",
            "before": before,
            "after": after,
            "compare_url": "",
            "commits": [],
            "total_commits": 0,
            "head_commit": None,
            "repository": self.shapes.repository(repository),
            "pusher": self.shapes.user(repository.owner),
            "sender": self.shapes.user(repository.owner),
        }
