"""`kill -9` at any moment: every release that was accepted ends once, and its developer hears of it once."""

from __future__ import annotations

import random
import signal
import uuid

import pytest

from aslo_core.testing.github import deliver
from examples.demo.reading import eventually, get_json
from examples.demo.stage import Stage, commit, make_repository


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_killed_server_resumes(up: Stage, seed: int):
    chance = random.Random(seed)  # noqa: S311 - a seed that replays
    accepted: list[str] = []
    commits: list[tuple[str, str]] = []
    for activity, wanted in (("star-map", "published"), ("fraction-garden", "published"), ("broken-clock", "rejected")):
        repository, tree = make_repository(up.github, up.folder, activity)
        commit(tree, "Version 1", "v1")
        release = up.github.add_release(repository, "v1", author="ada")
        eventually(f"{up.url}/readyz", "ready")
        answer = deliver(up.hook, "release", up.github.release_payload(release), up.secret, delivery_id=str(uuid.uuid4()))
        assert answer.status == 202
        accepted.append(wanted)
        url = answer.json()["release_url"]
        commits.append((repository.full_name, url))
        for _ in range(chance.randint(1, 2)):
            _let_it_work_until(up, url, chance.randint(1, 12))
            up.served.signal(signal.SIGKILL)
    for wanted, (name, url) in zip(accepted, commits, strict=True):
        page = eventually(url, "ended")
        assert page["state"] == wanted, page
        while any(notice["state"] == "pending" for notice in page["notices"]):
            page = eventually(url, "ended")
        assert [notice["state"] for notice in page["notices"]] == ["sent", "sent"]
        terminal = [entry for entry in page["timeline"] if entry["name"] in ("release.published", "release.rejected")]
        assert len(terminal) == 1
        comments = get_json(f"{up.github.api_url}/repos/{name}/commits/{page['commit']}/comments")
        assert len(comments) == 2


def _let_it_work_until(up: Stage, url: str, events: int) -> None:
    """Wait until the release has come so far, or has ended."""
    while True:
        page = eventually(url, "timeline")
        if page["ended"] or len(page["timeline"]) >= events:
            return
