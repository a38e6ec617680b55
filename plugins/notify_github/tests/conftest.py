"""A repository on a double of GitHub, and a notifier that talks to it over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aslo_notify_github.notifier import SHIPPED, GitHubNotifier, create
from aslo_notify_github.options import GitHubNotifierOptions
from aslo_notify_github.wording import MARKDOWN

from aslo_core.api import Context, Notice, Person, Templates
from aslo_core.api import Repository as NamedRepository
from aslo_core.testing.github import Comment, GitHub, Repository, Status, faults
from aslo_core.testing.repository import GitPlumbing

TOKEN = "ghp_a1b2c3d4e5f6"
NEEDED = {"metadata": "read", "contents": "write", "statuses": "write"}


@dataclass
class World:
    """GitHub with one repository, as the notifier and its developer see it."""

    github: GitHub
    repository: Repository
    commit: str
    context: Context
    options: dict[str, Any] = field(default_factory=dict)
    running: bool = True

    @property
    def secret(self) -> str:
        return TOKEN

    @property
    def names_waits(self) -> bool:
        return True

    @property
    def templates(self) -> Templates:
        return Templates(SHIPPED, None, {".md": MARKDOWN})

    def notifier(self, **options: Any) -> GitHubNotifier:
        given = {"api_url": self.github.api_url, "token": TOKEN} | self.options | options
        return create(GitHubNotifierOptions(**given), self.context)

    def notice(self, notice_id: str, kind: str, **fields: Any) -> Notice:
        told = {"started": "", "published": ""}.get(kind, f"It went so, see {notice_id}.")
        notice = Notice(
            id=notice_id,
            kind=kind,
            repository=NamedRepository(source="github", id=str(self.repository.id), owner="sugarlabs", name="hello"),
            release_id="7",
            tag="v1",
            commit=self.commit,
            author=Person(login="ada"),
            reason=told,
            status_url="https://aslo.example/releases/7",
            occurred_us=1_790_000_000_000_000,
        )
        return msgspec.structs.replace(notice, **fields)

    def comments(self) -> list[Comment]:
        return self.github.comments(self.repository, self.commit)

    def statuses(self) -> list[Status]:
        return self.github.statuses(self.repository, self.commit)

    def messages(self) -> list[str]:
        return [comment.body for comment in self.comments()]

    def lose_next_answer(self) -> None:
        self.github.fail(faults.lost_answer(), method="POST", path="*/comments")

    def hold_until_both_post(self) -> None:
        self.github.fail(faults.together(2), method="POST", path="*/comments", times=2)

    def fail_next_request(self) -> None:
        self.github.fail(faults.server_error(502))

    def limit_next_request(self, seconds: int) -> None:
        self.github.fail(faults.secondary_limit(seconds))

    def disallow(self) -> None:
        self.github.add_token(TOKEN, "aslo-bot", {"metadata": "read"})
        self.github.access.installations.clear()

    def go_away(self) -> None:
        self.github.stop()
        self.running = False


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A running GitHub with one release."""
    hello = GitPlumbing(tmp_path / "hello.git")
    commit = hello.release("v1", {})
    github = GitHub(tmp_path / "github")
    github.add_token(TOKEN, "aslo-bot", NEEDED)
    repository = github.add_repository("sugarlabs", "hello", hello.path)
    github.start()
    context = Context(name="github", directory=tmp_path, data=tmp_path, public_url="https://aslo.example")
    world = World(github, repository, commit, context)
    yield world
    if world.running:
        github.stop()


@pytest.fixture
def installed_app(world: World) -> Callable[[], str]:
    """Lets the notifier be a GitHub App; returns the bot's login."""

    def install() -> str:
        key = world.github.add_app("aslo", "sugarlabs", NEEDED)
        world.options = {"token": None, "app_id": key.id, "private_key": key.private_key}
        return "aslo[bot]"

    return install
