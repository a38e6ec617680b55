from collections.abc import Callable
from datetime import datetime

import pytest

from aslo_core.api import Announcement, Asset, Delivery, Person, Repository, Source
from aslo_core.testing.github import GitHub, Release
from aslo_core.testing.github import Repository as Hosted
from aslo_core.testing.interrupting import InterruptibleSourceContract
from aslo_core.testing.repository import GitPlumbing
from aslo_core.testing.source import ListingSourceContract, ReleaseOnHost, SubmittableSourceContract, WebhookSourceContract

FILES = {"activity/activity.info": b"[Activity]\r\n", "README": b"", "\u00e9/a b": b"\x00\xff"}
BUNDLES = {"Maze-29.xo": b"first", "../../evil.XO": b"second"}


class TestContract(InterruptibleSourceContract, WebhookSourceContract, SubmittableSourceContract, ListingSourceContract):
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
    def on_host(self, github: GitHub, hosted: Hosted, commit: str) -> Release:
        assets = {"notes.txt": b"no bundle", **BUNDLES}
        return github.add_release(hosted, "v29", author="ada", name="Maze 29", notes="*New*", assets=assets)

    @pytest.fixture
    def release(self, github: GitHub, hosted: Hosted, on_host: Release, commit: str) -> ReleaseOnHost:
        announcement = Announcement(
            repository=Repository(
                source="github", id=str(hosted.id), owner="sugarlabs", name="maze", url=f"{github.url}/sugarlabs/maze"
            ),
            release_id=str(on_host.id),
            tag="v29",
            author=Person(login="ada", url=f"{github.url}/ada", avatar_url=f"{github.url}/ada.png"),
            title="Maze 29",
            notes="*New*",
            url=f"{github.url}/sugarlabs/maze/releases/tag/v29",
            published_us=int(datetime.fromisoformat(on_host.published_at).timestamp() * 1_000_000),
            assets=tuple(
                Asset(id=str(asset["id"]), name=asset["name"], size=asset["size"])
                for asset in github.shapes.release(on_host)["assets"]
            ),
        )
        return ReleaseOnHost(announcement, commit, FILES, BUNDLES)

    @pytest.fixture
    def delivery(self, github: GitHub, on_host: Release, deliver: Callable[..., Delivery]) -> Delivery:
        return deliver(github.release_payload(on_host))
