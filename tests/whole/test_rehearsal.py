"""The rehearsal of docs/how-to/back-up.md: a machine is lost in the midst of its work, and another goes on from the backup."""

from __future__ import annotations

import json
import shutil
import signal
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.github import Release, Repository, deliver
from aslo_core.testing.prepared_aslo import Ended
from aslo_core.testing.proxy import BreakingProxy, Fault
from examples.demo.reading import eventually, get_bytes, get_json
from examples.demo.stage import Served, Stage, commit, make_repository, raise_version, stage
from tests.cli.conftest import Shell

MIRROR = """
[storage.mirror]
use = "ftp"
host = "{host}"
port = {port}
user = "{ftp.user}"
password = "{ftp.password}"
path = "rehearsal"
tls = "off"
timeout_seconds = 300
"""


ACTIVITIES = ("star-map", "fraction-garden", "broken-clock")
STATES = ["published", "published", "rejected"]


@dataclass
class Developer:
    """Releases activities, and keeps what was delivered of them.

    Attributes:
        up: where to.
        delivered: each release, with the id of its delivery.
        repositories: that of each activity.
    """

    up: Stage
    delivered: list[tuple[Release, str]] = field(default_factory=list)
    repositories: dict[str, Repository] = field(default_factory=dict)

    def releases(self, activity: str) -> str:
        """Publish version 1 of an activity; return the address of its page."""
        repository, tree = make_repository(self.up.github, self.up.folder, activity)
        self.repositories[activity] = repository
        commit(tree, "Version 1", "v1")
        return self._publishes(repository, "v1")

    def releases_again(self, activity: str) -> str:
        """Publish version 2 of an activity."""
        tree = self.up.folder / "repositories" / activity
        raise_version(tree, "2")
        commit(tree, "Version 2", "v2")
        return self._publishes(self.repositories[activity], "v2")

    def redelivers(self) -> None:
        """Deliver everything once more, as the host does when somebody presses `Redeliver`."""
        for delivery in self.delivered:
            self._delivers(*delivery)

    def was_told(self, activity: str, page: Any) -> list[str]:
        """The comments at the commit of a release."""
        name = self.repositories[activity].full_name
        return [found["body"] for found in get_json(f"{self.up.github.api_url}/repos/{name}/commits/{page['commit']}/comments")]

    def _publishes(self, repository: Repository, tag: str) -> str:
        self.delivered.append((self.up.github.add_release(repository, tag, author="ada"), str(uuid.uuid4())))
        return self._delivers(*self.delivered[-1])

    def _delivers(self, release: Release, delivery_id: str) -> str:
        payload = self.up.github.release_payload(release)
        answer = deliver(self.up.hook, "release", payload, self.up.secret, delivery_id=delivery_id)
        assert answer.status in (200, 202)
        return str(answer.json()["release_url"])


def settled(url: str) -> Any:
    """Wait until a release has ended and everybody was told; return its page."""
    page = eventually(url, "ended")
    while any(notice["state"] == "pending" for notice in page["notices"]):
        page = eventually(url, "ended")
    return page


def shown(up: Stage) -> dict[str, object]:
    """What learners see: catalogue, pages of activities, downloads."""
    catalogue = get_json(f"{up.url}/")["activities"]
    pages = {activity["bundle_id"]: get_json(f"{up.url}{activity['page_url']}") for activity in catalogue}
    downloads = {name: get_bytes(up.url + page["download"]["url"]) for name, page in pages.items()}
    return {"catalogue": catalogue, "pages": pages, "downloads": downloads}


def said(ended: Ended) -> Any:
    assert ended.status == 0, ended
    return ended.json


def digests(shell: Shell, until: int) -> list[tuple[str, str]]:
    """What each read model comes to at an event."""
    found = said(shell.aslo("audit", "replay", "--until", str(until), "--json"))
    return [(one["name"], one["digest"]) for one in found["replayed"]["projections"]]


def back_up(folder: Path, backup: Path) -> Any:
    """Do as the page says, while ASLO works; return the last line of the export."""
    backup.mkdir()
    assert Shell(folder).aslo("log", "export", backup / "log.jsonl").status == 0
    shutil.copytree(folder / "storage", backup / "storage")
    for name in ("aslo.toml", "github-webhook-secret", "github-token"):
        shutil.copy2(folder / name, backup)
    return json.loads((backup / "log.jsonl").read_bytes().splitlines()[-1])


@pytest.mark.timeout(300)
def test_what_was_published_is_there_and_what_was_under_way_goes_on(tmp_path: Path, ftp_server: FtpServer):
    with BreakingProxy([(("127.0.0.1", 0), (ftp_server.host, ftp_server.port))]) as proxy:
        host, port = proxy.addresses[0]
        with stage(tmp_path / "old", MIRROR.format(host=host, port=port, ftp=ftp_server)) as up:
            eventually(f"{up.url}/readyz", "ready")
            developer = Developer(up)
            ended = [developer.releases(activity) for activity in ACTIVITIES]
            assert [settled(url)["state"] for url in ended] == STATES
            proxy.break_after(0, Fault.STALL)
            under_way = developer.releases_again("star-map")
            while not proxy.broken:  # a worker has claimed to store it, and waits for the mirror
                assert not eventually(under_way, "timeline")["ended"]

            end = back_up(up.folder, tmp_path / "backup")
            before, replayed = shown(up), digests(Shell(up.folder), end["events"] - 1)
            assert not get_json(under_way)["ended"]
            up.served.end(signal.SIGKILL)

            shutil.copytree(tmp_path / "backup", tmp_path / "new")
            new = Shell(tmp_path / "new")
            assert new.aslo("log", "import", "log.jsonl").status == 0
            verified = said(new.aslo("audit", "verify", "--json"))
            assert (verified["events"], verified["leaf"], verified["faults"]) == (end["events"], end["leaf"], [])
            assert digests(new, end["events"] - 1) == replayed
            with Served(new.folder / "aslo.toml", new.folder / "aslo.log"):
                eventually(f"{up.url}/readyz", "ready")
                assert shown(up) == before
                developer.redelivers()
                assert not get_json(under_way)["ended"]
                proxy.heal()
                page = settled(under_way)
                assert (page["state"], page["stored"]) == ("published", ["main", "mirror"])
                assert [entry["name"] for entry in page["timeline"]].count("release.announced") == 1
                assert len(developer.was_told("star-map", page)) == 2
                assert [settled(url)["state"] for url in ended] == STATES
                assert len(get_json(f"{up.url}/status")["releases"]) == len(ACTIVITIES) + 1
                assert said(new.aslo("audit", "replay", "--json"))["ok"]
            assert said(new.aslo("audit", "verify", "--json"))["ok"]
            for storage in ("main", "mirror"):
                assert new.aslo("storage", "verify", storage).status == 0
