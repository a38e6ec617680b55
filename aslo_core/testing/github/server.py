"""The double itself: a GitHub on the loopback address, with real repositories, real HTTP and a journal."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask

from aslo_core.testing.code_host.faults import Fault, Faults
from aslo_core.testing.code_host.serving import Serving
from aslo_core.testing.github.access import EVERYTHING, Access, App, Attempt, Grant, Hook, Installation
from aslo_core.testing.github.app import ENTERPRISE_PREFIX, create_app
from aslo_core.testing.github.journal import Journal
from aslo_core.testing.github.payloads import ping_payload, release_payload
from aslo_core.testing.github.request import Site
from aslo_core.testing.github.rows import Account, Asset, Comment, Release, Repository, Status
from aslo_core.testing.github.shapes import Json, Shapes
from aslo_core.testing.github.store import Store, now

_FIRST_ATTEMPT = 12_345_678


@dataclass(frozen=True)
class AppKey:
    """A GitHub App's id and its private key as PEM, which the real one hands out once."""

    id: int
    private_key: str


class GitHub:
    """A double of GitHub, after its public documentation.

    Use it as a context manager; it serves from `start` to `stop`. What it holds lies below `root` and comes back when
    another is made there; tokens, Apps and faults do not.

    Args:
        root: directory of its own; made if it is not there.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        journal: file of the journal; `journal.jsonl` below `root` if None.
        tokens: token → login, each allowed everything.
    """

    def __init__(
        self, root: Path, *, port: int = 0, journal: Path | None = None, tokens: Mapping[str, str] | None = None
    ) -> None:
        self.root = root
        self.store = Store(root)
        self.access = Access()
        self.faults = Faults()
        self.journal = Journal(journal or root / "journal.jsonl")
        self._port = port
        self._requests: list[str] = []
        for token, login in (tokens or {}).items():
            self.add_token(token, login)

    def start(self) -> None:
        """Bind the port and serve in threads of its own."""
        self._serving = Serving(self._port, self._app)
        self._port = self._serving.port

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._serving.stop()

    def _app(self, url: str) -> Flask:
        return create_app(Site(self.store, self.access, url), self.faults, self.journal, self._requests)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Address of pages and of git: `<url>/<owner>/<name>.git`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """Address of the REST API, as on a GitHub of one's own; the bare `url` answers as well, like api.github.com."""
        return self.url + ENTERPRISE_PREFIX

    @property
    def shapes(self) -> Shapes:
        """Shows rows as this double's API does."""
        return Shapes(self.store, self.api_url, self.url)

    # --- what a test sets up -------------------------------------------------------------------------------------------

    def add_repository(self, owner: str, name: str, path: Path | None = None, *, private: bool = False) -> Repository:
        """Host the git repository at `path` (bare or a working tree); an empty bare one is made if that is None.

        Doing it again with the same name gives the one that is there.
        """
        found, moved = self.store.repository(owner, name)
        if found and not moved:
            return found
        if path is None:
            path = self.root / "repositories" / owner / f"{name}.git"
            subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", path], check=True)
        self.store.account(owner)
        return self.store.insert(
            Repository, owner=owner, name=name, path=str(path.resolve()), private=private, created_at=now()
        )

    def rename_repository(self, repository: Repository, owner: str, name: str) -> Repository:
        """Rename or transfer it; the old address redirects to the new one."""
        current = self.store.get(Repository, repository.id) or repository
        return self.store.change(current, owner=owner, name=name, former=(*current.former, current.full_name))

    def add_release(
        self,
        repository: Repository,
        tag: str,
        *,
        author: str = "",
        name: str = "",
        notes: str = "",
        draft: bool = False,
        prerelease: bool = False,
        assets: Mapping[str, bytes] | None = None,
    ) -> Release:
        """Make a release of a tag.

        Args:
            repository: where.
            tag: the git tag, which should exist unless it is a draft.
            author: login of who releases, the owner if empty.
            name: title.
            notes: Markdown.
            draft: whether it is not published yet.
            prerelease: whether it is marked so.
            assets: file name → bytes.
        """
        author = author or repository.owner
        release = self.store.insert(
            Release,
            repository=repository.id,
            tag=tag,
            author=author,
            name=name,
            body=notes,
            draft=draft,
            prerelease=prerelease,
            created_at=now(),
            published_at="" if draft else now(),
        )
        for file, content in (assets or {}).items():
            self.add_asset(release, file, content)
        return release

    def add_asset(self, release: Release, name: str, content: bytes) -> Asset:
        """Attach a file to a release."""
        return self.store.attach(release.id, name, content, "application/octet-stream", release.author)

    def add_comment(self, repository: Repository, commit: str, author: str, body: str) -> Comment:
        """Let somebody comment on a commit."""
        fields = {"repository": repository.id, "commit": commit, "author": author, "body": body}
        return self.store.insert(Comment, **fields, created_at=now(), updated_at=now())

    def add_account(self, login: str, *, kind: str = "User", emails: tuple[str, ...] = ()) -> Account:
        """Make an account, or give one the addresses by which commits are attributed to it."""
        account = self.store.account(login, kind)
        return self.store.change(account, kind=kind, emails=(*account.emails, *emails))

    def rename_account(self, login: str, new_login: str) -> Account:
        """Rename an account; what it wrote is its own still."""
        for row in [*self.store.select(Comment, author=login), *self.store.select(Release, author=login)]:
            self.store.change(row, author=new_login)
        for status in self.store.select(Status, creator=login):
            self.store.change(status, creator=new_login)
        for repository in self.store.select(Repository, owner=login):
            self.rename_repository(repository, new_login, repository.name)
        return self.store.change(self.store.account(login), login=new_login)

    def add_token(
        self,
        token: str,
        login: str,
        permissions: Mapping[str, str] | None = None,
        owner: str = "",
        scopes: Sequence[str] | None = None,
    ) -> None:
        """Make a personal access token known.

        Args:
            token: the token.
            login: whose it is.
            permissions: permission → `read` or `write`; everything if None.
            owner: the only account whose repositories it reaches, all if empty.
            scopes: of a classic token: what GitHub tells of it; None for a fine-grained one.
        """
        self.store.account(login)
        self.access.grant(token, Grant(login, EVERYTHING if permissions is None else permissions, owner, scopes=scopes))

    def add_hook(self, at: str, url: str, *, answers: Sequence[int] = (), **fields: Any) -> Hook:
        """Enter a webhook; it sends nothing by itself.

        Args:
            at: login of an organisation, `owner/name` of a repository, or an App's id in digits.
            url: where it sends to.
            answers: HTTP statuses that pings were answered with, newest first; 0 where nobody answered.
            **fields: others of `Hook`.
        """
        hook = Hook(len(self.access.hooks) + 1, at, url, **fields)
        self.access.hooks.append(hook)
        for status in reversed(answers):
            self.note_attempt(hook, "ping", {}, status)
        return hook

    def note_attempt(
        self, hook: Hook, event: str, payload: Json, status: int, *, guid: str = "", delivered_at: str = ""
    ) -> Attempt:
        """Note that a webhook tried to deliver something: the newest attempt, which the API tells of.

        Args:
            hook: which webhook.
            event: name of the event.
            payload: the event.
            status: what it was answered with; 0 where nobody answered.
            guid: of the delivery; one that was tried before is tried again; a new one if empty.
            delivered_at: when, as GitHub writes it; now if empty.
        """
        again = guid in {each.guid for each in hook.attempts}
        number = _FIRST_ATTEMPT + len(hook.attempts)
        attempt = Attempt(number, guid or str(uuid.uuid4()), event, payload, status, delivered_at or now(), again)
        hook.attempts.insert(0, attempt)
        return attempt

    def add_app(
        self, slug: str, owner: str, permissions: Mapping[str, str] | None = None, events: Sequence[str] = ("release",)
    ) -> AppKey:
        """Register an App whose webhook sends these events, install it on an account's repositories and return its key."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        bot = self.store.account(f"{slug}[bot]", "Bot")
        app = App(bot.id + 1_000_000, slug, public.decode(), EVERYTHING if permissions is None else permissions, events)
        self.access.apps[app.id] = app
        installation = Installation(app.id + 1, app, owner)
        self.access.installations[installation.id] = installation
        return AppKey(app.id, private.decode())

    def fail(self, fault: Fault, *, method: str = "*", path: str = "*", times: int = 1) -> None:
        """Let the next requests that match run into a fault of `aslo_core.testing.github.faults`.

        Args:
            fault: what happens to them.
            method: HTTP method, or `*`.
            path: pattern as in `fnmatch`, of the path below the API's address, for example `*/comments`.
            times: how many requests.
        """
        self.faults.add(fault, method=method, path=path, times=times)

    # --- what a test looks at ------------------------------------------------------------------------------------------

    @property
    def requests(self) -> list[str]:
        """Every request since it was made, oldest first, as `METHOD /path` below the API's address."""
        return list(self._requests)

    def comments(self, repository: Repository, commit: str) -> list[Comment]:
        """The comments on a commit, oldest first."""
        return self.store.select(Comment, repository=repository.id, commit=commit)

    def statuses(self, repository: Repository, commit: str) -> list[Status]:
        """The statuses of a commit, oldest first."""
        return self.store.select(Status, repository=repository.id, commit=commit)

    # --- what it would send --------------------------------------------------------------------------------------------

    def release_payload(self, release: Release, action: str = "published", **more: Any) -> Json:
        """The `release` event of a release as it is now; see `payloads.release_payload`."""
        return release_payload(self.shapes, self.store.get(Release, release.id) or release, action, **more)

    def ping_payload(self, repository: Repository, hook_url: str) -> Json:
        """The `ping` event that GitHub sends when a hook is made."""
        return ping_payload(self.shapes, repository, hook_url)
