"""The double answers what PyGithub asks, as the real one does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from github import UnknownObjectException

if TYPE_CHECKING:
    from tests.testing.conftest import Hosted


def test_an_annotated_tag_leads_to_its_commit_in_two_steps(hosted: Hosted) -> None:
    with hosted.client() as client:
        repository = client.get_repo(hosted.repository.id)
        ref = repository.get_git_ref("tags/v1")
        assert ref.object.type == "tag"
        tag = repository.get_git_tag(ref.object.sha)
        assert (tag.tag, tag.message.strip(), tag.object.type) == ("v1", "Version 1", "commit")
        assert tag.object.sha == hosted.git("rev-parse", "v1^{commit}")


def test_a_lightweight_tag_is_its_commit(hosted: Hosted) -> None:
    with hosted.client() as client:
        ref = client.get_repo("sugarlabs/hello").get_git_ref("tags/light")
        assert (ref.object.type, ref.object.sha) == ("commit", hosted.first)


@pytest.mark.parametrize("name", ["v1", "main", "heads/main", "tags/v1"])
def test_a_commit_is_found_by_branch_tag_or_ref(hosted: Hosted, name: str) -> None:
    with hosted.client() as client:
        commit = client.get_repo("sugarlabs/hello").get_commit(name)
        assert commit.sha == hosted.git("rev-parse", "HEAD")
        assert commit.parents[0].sha == hosted.second


def test_a_commit_tells_who_and_when_in_utc(hosted: Hosted) -> None:
    commit = hosted.http.get(f"/repos/sugarlabs/hello/commits/{hosted.second[:10]}").json()
    assert commit["commit"]["author"]["name"] == "Bob"
    assert commit["commit"]["author"]["date"].endswith("Z")
    assert commit["commit"]["message"] == "Second\n\nWith a body"
    assert commit["author"] is None


def test_contributors_are_accounts_unless_anonymous_ones_are_wanted(hosted: Hosted) -> None:
    with hosted.client() as client:
        repository = client.get_repo("sugarlabs/hello")
        assert [(person.login, person.contributions) for person in repository.get_contributors()] == [("ada", 2)]
    everybody = hosted.http.get("/repos/sugarlabs/hello/contributors?anon=1").json()
    assert [person.get("name", person.get("login")) for person in everybody] == ["ada", "Bob"]
    hosted.github.add_account("bob", emails=("bob@example.org",))
    logins = [person["login"] for person in hosted.http.get("/repos/sugarlabs/hello/contributors").json()]
    assert logins == ["ada", "bob"]


def test_a_release_its_assets_and_their_bytes(hosted: Hosted, tmp_path: Path) -> None:
    content = bytes(range(256)) * 100
    made = hosted.github.add_release(hosted.repository, "v1", name="One", notes="New", assets={"Hello-1.xo": content})
    with hosted.client() as client:
        release = client.get_repo("sugarlabs/hello").get_release(made.id)
        assert (release.tag_name, release.name, release.body, release.draft) == ("v1", "One", "New", False)
        (asset,) = release.get_assets()
        assert (asset.name, asset.size) == ("Hello-1.xo", len(content))
        asset.download_asset(str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == content
    assert hosted.http.get(asset.browser_download_url, follow_redirects=True).content == content


def test_an_assets_bytes_are_elsewhere(hosted: Hosted) -> None:
    release = hosted.github.add_release(hosted.repository, "v1", assets={"a.xo": b"PK"})
    (asset,) = hosted.github.shapes.release(release)["assets"]
    answer = hosted.http.get(asset["url"], headers={"Accept": "application/octet-stream"})
    assert answer.status_code == 302
    assert hosted.http.get(answer.headers["Location"]).content == b"PK"


def test_drafts_are_seen_by_those_who_may_write(hosted: Hosted) -> None:
    draft = hosted.github.add_release(hosted.repository, "v2", draft=True)
    hosted.github.add_token("reader", "visitor", {"metadata": "read", "contents": "read"})
    reader = {"Authorization": "token reader"}
    assert hosted.http.get(f"/repos/sugarlabs/hello/releases/{draft.id}").status_code == 200
    assert hosted.http.get(f"/repos/sugarlabs/hello/releases/{draft.id}", headers=reader).status_code == 404
    assert hosted.http.get("/repos/sugarlabs/hello/releases/tags/v2").status_code == 404


def test_the_latest_release_is_the_newest_full_one(hosted: Hosted) -> None:
    for tag, prerelease in (("v1", False), ("light", False), ("v2", True)):
        hosted.github.add_release(hosted.repository, tag, prerelease=prerelease)
    with hosted.client() as client:
        repository = client.get_repo("sugarlabs/hello")
        assert repository.get_latest_release().tag_name == "light"
        assert [release.tag_name for release in repository.get_releases()] == ["v2", "light", "v1"]
        with pytest.raises(UnknownObjectException):
            repository.get_release("v9")


def test_lists_come_in_pages_with_links_to_the_others(hosted: Hosted) -> None:
    for number in range(250):
        hosted.github.add_comment(hosted.repository, hosted.first, "visitor", str(number))
    path = f"/repos/sugarlabs/hello/commits/{hosted.first}/comments"
    second = hosted.http.get(path, params={"per_page": 100, "page": 2})
    assert [comment["body"] for comment in second.json()] == [str(number) for number in range(100, 200)]
    pages = {rel: link["url"].partition("&page=")[2] for rel, link in second.links.items()}
    assert pages == {"prev": "1", "first": "1", "next": "3", "last": "3"}
    assert len(hosted.http.get(path).json()) == 30
    with hosted.client() as client:
        comments = client.get_repo("sugarlabs/hello").get_commit(hosted.first).get_comments()
        assert [comment.body for comment in comments] == [str(number) for number in range(250)]


def test_an_unchanged_answer_is_not_sent_twice(hosted: Hosted) -> None:
    first = hosted.http.get("/repos/sugarlabs/hello")
    again = hosted.http.get("/repos/sugarlabs/hello", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_names_are_not_case_sensitive_and_both_roots_answer(hosted: Hosted) -> None:
    assert hosted.http.get("/repos/SugarLabs/Hello").json()["full_name"] == "sugarlabs/hello"
    assert hosted.http.get(f"{hosted.github.url}/repos/sugarlabs/hello").json()["id"] == hosted.repository.id


def test_a_renamed_repository_redirects(hosted: Hosted) -> None:
    hosted.github.rename_repository(hosted.repository, "sugarlabs", "hello-activity")
    answer = hosted.http.get("/repos/sugarlabs/hello/releases")
    assert answer.status_code == 301
    assert hosted.http.get(answer.headers["Location"]).json() == []
    assert hosted.http.post("/repos/sugarlabs/hello/releases", json={}).status_code == 307
    with hosted.client() as client:
        assert client.get_repo("sugarlabs/hello").full_name == "sugarlabs/hello-activity"


def test_every_answer_counts_against_the_rate_limit(hosted: Hosted) -> None:
    first, second = (hosted.http.get("/repos/sugarlabs/hello").headers for _ in range(2))
    assert int(first["X-RateLimit-Remaining"]) - int(second["X-RateLimit-Remaining"]) == 1
    with hosted.client() as client:
        core = client.get_rate_limit().resources.core
        assert (core.limit, core.remaining) == (5000, 4998)


def test_without_a_token_there_are_sixty_requests_an_hour(hosted: Hosted) -> None:
    anonymous = {"Authorization": ""}
    answers = [hosted.http.get("/repos/sugarlabs/hello", headers=anonymous).status_code for _ in range(61)]
    assert answers == [200] * 60 + [403]
    assert hosted.http.get("/repos/sugarlabs/hello").status_code == 200
