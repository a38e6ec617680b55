"""The double of Forgejo answers as the forge's own description says, and sends what its documentation shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from aslo_core.testing.forgejo import Forgejo, Repository, delivery_headers, sign
from aslo_core.testing.repository import GitPlumbing


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forgejo]:
    with Forgejo(tmp_path / "forge", tokens={"good": {"read:repository"}, "narrow": {"read:user"}}) as forge:
        yield forge


@pytest.fixture
def commits() -> int:
    return 60


@pytest.fixture
def hosted(forge: Forgejo, tmp_path: Path, commits: int) -> Repository:
    git = GitPlumbing(tmp_path / "forge" / "sugarlabs" / "maze.git")
    parents: list[str] = []
    for number in range(commits):
        parents = [git.commit(git.files({"a": b"%d" % number}), parents=parents)]
    git.annotate("v1", parents[0])
    return forge.add_repository("sugarlabs", "maze", git.path)


@pytest.fixture
def api(forge: Forgejo) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{forge.url}/api/v1", trust_env=False) as client:
        yield client


def test_a_release_is_found_by_id_by_tag_and_in_a_list(forge: Forgejo, hosted: Repository, api: httpx2.Client):
    release = forge.publish(hosted, "v1", files={"a.xo": b"x"})
    by_id = api.get(f"/repos/sugarlabs/maze/releases/{release.id}").json()
    assert by_id == api.get("/repos/sugarlabs/maze/releases/tags/v1").json()
    assert by_id == api.get("/repos/sugarlabs/maze/releases").json()[0]
    asset = by_id["assets"][0]
    for address in (asset["browser_download_url"], f"{forge.url}/attachments/{asset['uuid']}"):
        assert httpx2.get(address, trust_env=False).content == b"x"


def test_an_annotated_tag_names_its_own_object_beside_the_commit(hosted: Repository, api: httpx2.Client):
    tag = api.get("/repos/sugarlabs/maze/tags/v1").json()
    assert tag["id"] != tag["commit"]["sha"]
    assert api.get("/repos/sugarlabs/maze/tags/v2").status_code == 404


def test_a_list_has_at_most_fifty_a_page_and_links_to_the_next(hosted: Repository, api: httpx2.Client, commits: int):
    first = api.get("/repos/sugarlabs/maze/commits", params={"sha": "v1", "limit": "100"})
    assert (len(first.json()), first.headers["X-Total-Count"]) == (50, str(commits))
    second = api.get(first.links["next"]["url"])
    assert len(second.json()) == commits - 50
    assert "Link" not in second.headers


def test_who_asks_decides_what_is_there(forge: Forgejo, hosted: Repository, api: httpx2.Client):
    hosted.private = True
    path = f"/repositories/{hosted.id}"

    def asked(token: str) -> int:
        return api.get(path, headers={"Authorization": f"token {token}"}).status_code

    assert [api.get(path).status_code, asked("good"), asked("wrong"), asked("narrow")] == [404, 200, 401, 403]
    assert "required=[read:repository]" in api.get(path, headers={"Authorization": "token narrow"}).json()["message"]


def test_a_former_name_redirects(forge: Forgejo, hosted: Repository, api: httpx2.Client):
    forge.rename_repository(hosted, "sugarlabs", "labyrinth")
    answer = api.get("/repos/sugarlabs/maze")
    assert (answer.status_code, answer.headers["Location"]) == (307, f"{forge.url}/api/v1/repos/sugarlabs/labyrinth")


def test_a_deleted_release_keeps_its_id_for_its_tag(forge: Forgejo, hosted: Repository, api: httpx2.Client):
    release = forge.publish(hosted, "v1", files={"a.xo": b"x"})
    forge.delete(release)
    assert api.get(f"/repos/sugarlabs/maze/releases/{release.id}").status_code == 404
    assert forge.publish(hosted, "v1").id == release.id
    assert api.get(f"/repos/sugarlabs/maze/releases/{release.id}").json()["assets"] == []


def test_a_delivery_speaks_in_the_words_of_four_hosts():
    headers = delivery_headers(b"{}", "release", "secret", delivery_id="guid")
    digits = sign(b"{}", "secret")
    assert {headers[f"X-{host}-Event"] for host in ("Forgejo", "Gitea", "Gogs", "GitHub")} == {"release"}
    assert {headers[f"X-{host}-Signature"] for host in ("Forgejo", "Gitea", "Gogs")} == {digits}
    assert headers["X-Hub-Signature-256"] == f"sha256={digits}"
    assert not any("Forgejo" in name for name in delivery_headers(b"", "push", "x", delivery_id="1", flavour="gitea"))
    assert delivery_headers(b"", "push", "", delivery_id="1")["X-Hub-Signature-256"] == "sha256="
