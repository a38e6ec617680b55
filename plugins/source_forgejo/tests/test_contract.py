"""The suites that every source has to pass, in the words of Forgejo and in those of Gitea."""

from collections.abc import Callable

import pytest

from aslo_core.api import Announcement, Asset, Delivery, Person, Repository, Source
from aslo_core.testing.forgejo import Flavour, Forgejo, Release
from aslo_core.testing.forgejo import Repository as Hosted
from aslo_core.testing.interrupting import InterruptibleSourceContract
from aslo_core.testing.repository import GitPlumbing
from aslo_core.testing.source import ListingSourceContract, ReleaseOnHost, SubmittableSourceContract, WebhookSourceContract

FILES = {"activity/activity.info": b"[Activity]\r\n", "README": b"", "\u00e9/a b": b"\x00\xff"}
BUNDLES = {"Maze-29.xo": b"first", "../../evil.XO": b"second"}


class TestForgejo(InterruptibleSourceContract, WebhookSourceContract, SubmittableSourceContract, ListingSourceContract):
    flavour: Flavour = "forgejo"

    @pytest.fixture
    def source(self, make_source: Callable[..., Source]) -> Source:
        return make_source()

    @pytest.fixture
    def address(self) -> str:
        return "sugarlabs/maze"

    @pytest.fixture
    def commit(self, maze: GitPlumbing) -> str:
        commit = maze.commit(maze.files(FILES))
        maze.annotate("v29", commit)
        return commit

    @pytest.fixture
    def on_host(self, forge: Forgejo, hosted: Hosted, commit: str) -> Release:
        files = {"notes.txt": b"no bundle", **BUNDLES}
        return forge.publish(hosted, "v29", author="ada", name="Maze 29", notes="*New*", files=files)

    @pytest.fixture
    def release(self, forge: Forgejo, hosted: Hosted, on_host: Release, commit: str) -> ReleaseOnHost:
        page = f"{forge.url}/sugarlabs/maze"
        announcement = Announcement(
            repository=Repository(source="forge", id=str(hosted.id), owner="sugarlabs", name="maze", url=page),
            release_id=str(on_host.id),
            tag="v29",
            author=Person(login="ada", url=f"{forge.url}/ada", avatar_url=f"{forge.url}/ada.png"),
            title="Maze 29",
            notes="*New*",
            url=f"{page}/releases/tag/v29",
            published_us=int(on_host.created.timestamp() * 1_000_000),
            assets=tuple(Asset(id=str(one.id), name=one.name, size=len(one.content)) for one in on_host.attachments),
        )
        return ReleaseOnHost(announcement, commit, FILES, BUNDLES)

    @pytest.fixture
    def delivery(self, forge: Forgejo, on_host: Release, deliver: Callable[..., Delivery]) -> Delivery:
        return deliver(forge.payload(on_host, "published"), flavour=self.flavour)


class TestGitea(TestForgejo):
    flavour: Flavour = "gitea"
