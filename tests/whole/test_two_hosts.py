"""Releases on two code hosts in one configuration: each arrives, and nobody is told on a host that a release is not on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aslo_core.testing import forgejo, github
from aslo_core.testing.forgejo import Forgejo
from aslo_core.testing.github import GitHub
from examples.demo.reading import eventually, get_bytes, get_json
from examples.demo.stage import Stage, commit, make_repository, stage

TOKEN = "f0f9e1d2c3b4a5968778695a4b3c2d1e0f9e8d7c"
SECRET = "the forge's own secret"

_FORGE = """
[source.forge]
use = "forgejo"
url = "{url}"
secret = "{secret}"
token = "{token}"
owners = ["sugarlabs"]
"""


@dataclass(frozen=True)
class TwoHosts:
    """What is up: GitHub, its ASLO, and a forge beside it."""

    up: Stage
    forge: Forgejo
    hosted: forgejo.Repository
    tree: Path

    @property
    def github(self) -> GitHub:
        return self.up.github

    def tell(self, release: forgejo.Release, action: str) -> github.Answer:
        payload = self.forge.payload(release, action)
        return forgejo.deliver(f"{self.up.url}/api/hook/forge", "release", payload, SECRET)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[TwoHosts]:
    with Forgejo(tmp_path / "forge", tokens={TOKEN: {"read:repository"}}) as forge:
        more = _FORGE.format(url=forge.url, secret=SECRET, token=TOKEN)
        with stage(tmp_path / "stage", more) as up:
            eventually(f"{up.url}/readyz", "ready")
            # The first number that the double of GitHub gives as well, so that the two repositories have one id.
            github_repository, tree = make_repository(up.github, up.folder, "star-map")
            hosted = forge.add_repository("sugarlabs", "star-map", tree, private=True)
            hosted.id = github_repository.id
            yield TwoHosts(up, forge, hosted, tree)


def became(state: str, answer: github.Answer, run: int = 1) -> dict[str, Any]:
    """The release's page, once it shows that."""
    assert (answer.status, answer.json()["decision"]) == (202, "accepted"), answer.body
    page: dict[str, Any] = {}
    while (page.get("state"), page.get("run")) != (state, run):
        page = eventually(answer.json()["release_url"], "ended")
        assert page["state"] in (state, "published", "withdrawn"), page
    return page


def test_a_release_on_a_forge_goes_all_the_way_and_nobody_is_told_on_github(hosts: TwoHosts):
    commit(hosts.tree, "Version 1", "v1")
    release = hosts.forge.publish(hosts.hosted, "v1", author="ada", notes="New *stars*")

    page = became("published", hosts.tell(release, "published"))

    assert page["stream"] == f"release/forge/{hosts.hosted.id}/{release.id}"
    assert page["notices"] == []
    assert not any("/statuses/" in one or "/comments" in one for one in hosts.github.requests)
    catalogue = get_bytes(f"{hosts.up.url}/").decode()
    assert "Star Map" in catalogue
    assert TOKEN not in (hosts.up.folder / "aslo.log").read_text()


def test_a_release_on_github_beside_it_is_told_there(hosts: TwoHosts):
    repository, tree = make_repository(hosts.github, hosts.up.folder, "fraction-garden")
    commit(tree, "Version 1", "v1")
    release = hosts.github.add_release(repository, "v1", author="grace")

    answer = github.deliver(hosts.up.hook, "release", hosts.github.release_payload(release), hosts.up.secret)

    page = became("published", answer)
    assert {notice["notifier"] for notice in page["notices"]} == {"github"}
    # What one host signed proves nothing to the other, even where it is sent to.
    answer = github.deliver(f"{hosts.up.url}/api/hook/forge", "release", hosts.github.release_payload(release), SECRET)
    assert answer.status == 401


def test_a_release_is_withdrawn_and_published_again_on_the_forge(hosts: TwoHosts):
    commit(hosts.tree, "Version 1", "v1")
    release = hosts.forge.publish(hosts.hosted, "v1")
    became("published", hosts.tell(release, "published"))
    edited = hosts.tell(release, "updated").json()
    assert (edited["decision"], "published already" in edited["reason"]) == ("ignored", True)

    hosts.forge.delete(release)
    became("withdrawn", hosts.tell(release, "deleted"))

    again = hosts.forge.publish(hosts.hosted, "v1")
    assert again.id == release.id, "a forge keeps the id where it keeps the tag"
    became("published", hosts.tell(again, "published"), run=2)


def test_the_button_that_tests_a_webhook(hosts: TwoHosts):
    payload = hosts.forge.push_payload(hosts.hosted, "0" * 40, "0" * 40)
    answer = forgejo.deliver(f"{hosts.up.url}/api/hook/forge", "push", payload, SECRET)
    assert answer.status == 200
    assert get_json(answer.json()["status_url"])["trigger"] == "ping"
