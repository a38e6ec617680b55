"""What is written on the double, who may, and what its journal says of it."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import github as pygithub
import jwt
import pytest

from aslo_core.testing.github import GitHub, Journal, Release

if TYPE_CHECKING:
    from tests.testing.conftest import Hosted

REPOSITORY = "/repos/sugarlabs/hello"


def test_comments_are_made_changed_and_deleted(hosted: Hosted) -> None:
    with hosted.client() as client:
        commit = client.get_repo("sugarlabs/hello").get_commit(hosted.first)
        comment = commit.create_comment("Hello")
        assert (comment.user.login, comment.commit_id) == ("aslo-bot", hosted.first)
        comment.edit("Goodbye")
        assert [each.body for each in commit.get_comments()] == ["Goodbye"]
        comment.delete()
        assert list(commit.get_comments()) == []
        with pytest.raises(pygithub.UnknownObjectException):
            comment.delete()


def test_the_newest_status_of_each_context_counts(hosted: Hosted) -> None:
    with hosted.client() as client:
        commit = client.get_repo("sugarlabs/hello").get_commit(hosted.first)
        for context, state in (("aslo", "pending"), ("other", "success"), ("aslo", "success")):
            commit.create_status(state, "https://aslo.example", "text", context)
        assert [status.state for status in commit.get_statuses()] == ["success", "success", "pending"]
        combined = commit.get_combined_status()
        assert (combined.state, combined.total_count) == ("success", 2)


def test_a_release_is_made_and_published_and_makes_its_tag(hosted: Hosted) -> None:
    with hosted.client() as client:
        repository = client.get_repo("sugarlabs/hello")
        draft = repository.create_git_release("v2", "Two", "Notes", draft=True)
        assert not hosted.github.store.select(Release)[0].published_at
        draft.upload_asset_from_memory(file_like=io.BytesIO(b"PK"), file_size=2, name="a.xo", content_type="application/zip")
        published = draft.update_release("Two", "Notes", draft=False)
        assert [asset.name for asset in published.get_assets()] == ["a.xo"]
        assert hosted.git("rev-parse", "v2") == hosted.git("rev-parse", "HEAD")
        published.delete_release()
        assert list(repository.get_releases()) == []


REFUSED: list[tuple[str, dict[str, Any] | str, int, str]] = [
    ("/commits/{sha}/comments", {}, 422, "Validation Failed"),
    ("/commits/{sha}/comments", {"body": "x" * 65537}, 422, "Validation Failed"),
    ("/commits/{sha}/comments", "{", 400, "Problems parsing JSON"),
    ("/commits/{sha}/comments", "[]", 400, "Body should be a JSON object"),
    ("/commits/" + "0" * 40 + "/comments", {"body": "x"}, 422, "No commit found for SHA: " + "0" * 40),
    ("/statuses/{sha}", {"state": "done"}, 422, "Validation Failed"),
    ("/statuses/{sha}", {"state": "success", "description": "x" * 141}, 422, "Validation Failed"),
    ("/statuses/{sha}", {"state": "success", "target_url": "javascript:alert(1)"}, 422, "Validation Failed"),
    ("/releases", {"name": "x"}, 422, "Validation Failed"),
    ("/nothing", {}, 404, "Not Found"),
]


@pytest.mark.parametrize(("path", "body", "status", "message"), REFUSED)
def test_what_is_wrong_is_refused_as_github_does(
    hosted: Hosted, path: str, body: dict[str, Any] | str, status: int, message: str
) -> None:
    content = {"content": body} if isinstance(body, str) else {"json": body}
    answer = hosted.http.post(REPOSITORY + path.format(sha=hosted.first), **content)
    assert answer.status_code == status
    assert answer.json()["message"] == message
    assert answer.json()["documentation_url"].startswith("https://docs.github.com/")
    assert hosted.github.journal.read() == []


def test_the_thousandth_status_of_a_context_is_the_last(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aslo_core.testing.github.commits_api._MOST_STATUSES", 3)
    answers = [hosted.http.post(f"{REPOSITORY}/statuses/{hosted.first}", json={"state": "pending"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 422]


@pytest.mark.parametrize(
    ("authorization", "status", "message"),
    [
        ("", 401, "Requires authentication"),
        ("token wrong", 401, "Bad credentials"),
        ("Negotiate ghp_test", 401, "Bad credentials"),
        ("token reader", 403, "Resource not accessible by personal access token"),
        ("Bearer ghp_test", 201, ""),
    ],
)
def test_who_may_write(hosted: Hosted, authorization: str, status: int, message: str) -> None:
    hosted.github.add_token("reader", "visitor", {"metadata": "read"})
    path = f"{REPOSITORY}/statuses/{hosted.first}"
    answer = hosted.http.post(path, json={"state": "pending"}, headers={"Authorization": authorization})
    assert (answer.status_code, answer.json().get("message", "")) == (status, message)


def test_a_private_repository_is_not_there_for_others(hosted: Hosted, tmp_path: Path) -> None:
    hosted.github.add_repository("ada", "secret", private=True)
    hosted.github.add_token("elsewhere", "visitor", owner="sugarlabs")
    for authorization, status in (("", 404), ("token elsewhere", 404), ("token ghp_test", 200)):
        assert hosted.http.get("/repos/ada/secret", headers={"Authorization": authorization}).status_code == status


def test_requests_without_a_user_agent_are_refused(hosted: Hosted) -> None:
    assert hosted.http.get("/user", headers={"User-Agent": ""}).status_code == 403


def test_an_app_signs_in_for_an_installation_and_writes_as_its_bot(hosted: Hosted) -> None:
    key = hosted.github.add_app("aslo", "sugarlabs")
    auth = pygithub.Auth.AppAuth(key.id, key.private_key)
    with pygithub.GithubIntegration(auth=auth, base_url=hosted.github.api_url) as integration:
        assert integration.get_app().slug == "aslo"
        installation = integration.get_repo_installation("sugarlabs", "hello")
        token = integration.get_access_token(installation.id).token
    with hosted.client(token) as client:
        comment = client.get_repo("sugarlabs/hello").get_commit(hosted.first).create_comment("x")
        assert (comment.user.login, comment.user.type) == ("aslo[bot]", "Bot")
        with pytest.raises(pygithub.GithubException, match="not accessible by integration"):
            client.get_user().login  # noqa: B018
    assert token not in hosted.github.journal.path.read_text()


@pytest.mark.parametrize(
    "claims",
    [{"exp": -10}, {"exp": 3600}, {"iss": 1}, {"iat": None}],
    ids=["expired", "too long-lived", "of another App", "without its time"],
)
def test_a_wrong_jwt_of_an_app_is_refused(hosted: Hosted, claims: dict[str, int | None]) -> None:
    key = hosted.github.add_app("aslo", "sugarlabs")
    now = int(time.time())
    good: dict[str, Any] = {"iat": now, "exp": now + 300, "iss": str(key.id)}
    if "exp" in claims:
        claims = {"exp": now + (claims["exp"] or 0)}
    wrong = {name: value for name, value in (good | claims).items() if value is not None}
    for payload, status in ((good, 200), (wrong | {"iss": str(wrong["iss"])}, 401)):
        token = jwt.encode(payload, key.private_key, algorithm="RS256")
        assert hosted.http.get("/app", headers={"Authorization": f"Bearer {token}"}).status_code == status


def test_a_jwt_signed_by_another_key_is_refused(hosted: Hosted) -> None:
    key, other = hosted.github.add_app("aslo", "sugarlabs"), hosted.github.add_app("evil", "mallory")
    now = int(time.time())
    token = jwt.encode({"iat": now, "exp": now + 300, "iss": str(key.id)}, other.private_key, algorithm="RS256")
    assert hosted.http.get("/app", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_the_journal_has_a_line_for_each_change_and_none_for_reading(hosted: Hosted) -> None:
    path = f"{REPOSITORY}/commits/{hosted.first}/comments"
    made = hosted.http.post(path, json={"body": "Hello"}).json()
    hosted.http.get(path)
    hosted.http.delete(f"{REPOSITORY}/comments/{made['id']}")
    created, deleted = Journal(hosted.github.journal.path).read()
    assert (created.method, created.path, created.status, created.login) == ("POST", path, 201, "aslo-bot")
    assert (created.body, created.id, created.url) == ({"body": "Hello"}, made["id"], made["html_url"])
    assert (deleted.method, deleted.status, deleted.repository) == ("DELETE", 204, "sugarlabs/hello")


def test_what_it_holds_is_there_again_when_it_is_started_anew(hosted: Hosted, tmp_path: Path) -> None:
    release = hosted.github.add_release(hosted.repository, "v1", assets={"a.xo": b"PK"})
    hosted.http.post(f"{REPOSITORY}/commits/{hosted.first}/comments", json={"body": "Hello"})
    hosted.github.stop()
    with GitHub(tmp_path / "root") as again:
        assert again.add_repository("sugarlabs", "hello", hosted.tree) == hosted.repository
        assert [comment.body for comment in again.comments(hosted.repository, hosted.first)] == ["Hello"]
        (asset,) = again.shapes.release(release)["assets"]
        assert (
            hosted.http.get(asset["browser_download_url"], headers={"Authorization": ""}, follow_redirects=True).content
            == b"PK"
        )
        assert len(again.journal.read()) == 1
    hosted.github.start()
