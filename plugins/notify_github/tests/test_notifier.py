"""What is told on GitHub, and when nothing is told again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest
from aslo_notify_github.wording import comment

from aslo_core.api import Permanent, Transient
from aslo_core.testing.github import faults

if TYPE_CHECKING:
    from plugins.notify_github.tests.conftest import World

STATES = {
    "started": "pending",
    "published": "success",
    "unchanged": "success",
    "rejected": "failure",
    "withdrawn": "failure",
    "failed": "error",
    "cancelled": "error",
}


@pytest.mark.parametrize(("kind", "state"), STATES.items())
def test_each_kind_has_its_commit_status(world: World, kind: str, state: str) -> None:
    world.notifier().notify(world.notice("n1", kind))
    (status,) = world.statuses()
    assert (status.state, status.context, status.target_url) == (state, "aslo", "https://aslo.example/releases/7")
    assert len(status.description or "") <= 140


def test_a_second_try_looks_and_posts_nothing(world: World) -> None:
    notifier = world.notifier()
    for _ in range(2):
        notifier.notify(world.notice("n1", "started"))
    posts = [request for request in world.github.requests if request.startswith("POST ")]
    assert [request.split("/")[3] for request in posts] == ["statuses", "commits"]


def test_a_status_is_not_repeated_but_set_again_when_another_came_between(world: World) -> None:
    notifier = world.notifier()
    for notice in (started := world.notice("n1", "started"), started, world.notice("n2", "rejected"), started):
        notifier.notify(notice)
    assert [status.state for status in world.statuses()] == ["pending", "failure", "pending"]


def test_a_status_of_another_context_is_not_ours(world: World) -> None:
    notice = world.notice("n1", "started")
    world.notifier(context="other").notify(notice)
    world.notifier().notify(notice)
    assert [status.context for status in world.statuses()] == ["other", "aslo"]


@pytest.mark.parametrize(("off", "comments", "statuses"), [("comments", 0, 1), ("statuses", 1, 0)])
def test_either_way_of_telling_can_be_switched_off(world: World, off: str, comments: int, statuses: int) -> None:
    address = world.notifier(**{off: False}).notify(world.notice("n1", "started"))
    assert (len(world.comments()), len(world.statuses())) == (comments, statuses)
    assert address


def test_a_marker_in_somebody_elses_comment_does_not_silence_us(world: World) -> None:
    notice = world.notice("n1", "started")
    world.github.add_token("evil", "mallory")
    mallory = world.notifier(token="evil", statuses=False)
    mallory.notify(notice)
    world.notifier().notify(notice)
    assert [comment.author for comment in world.comments()] == ["mallory", "aslo-bot"]


def test_text_of_a_notice_that_looks_like_a_marker_is_none(world: World) -> None:
    other = world.notice("n2", "rejected")
    notice = world.notice("n1", "rejected", reason=comment(other, world.templates))
    world.notifier().notify(notice)
    world.notifier().notify(other)
    assert len(world.comments()) == 2


def test_the_marker_is_found_on_a_later_page_of_comments(world: World) -> None:
    notice = world.notice("n1", "started")
    notifier = world.notifier()
    for number in range(205):
        world.github.add_comment(world.repository, world.commit, "visitor", f"Comment {number}")
    notifier.notify(notice)
    for number in range(205):
        world.github.add_comment(world.repository, world.commit, "visitor", f"Late comment {number}")
    notifier.notify(notice)
    assert [row.author for row in world.comments()].count("aslo-bot") == 1


def test_an_app_comments_as_its_bot_and_signs_in_once_an_hour(world: World, installed_app: Callable[[], str]) -> None:
    login = installed_app()
    notifier = world.notifier()
    notifier.notify(world.notice("n1", "started"))
    notifier.notify(world.notice("n2", "published"))
    assert [row.author for row in world.comments()] == [login, login]
    issued = [path for path in world.github.requests if path.endswith("/access_tokens")]
    assert len(issued) == 1


def test_an_app_that_was_installed_anew_gets_a_new_token(world: World, installed_app: Callable[[], str]) -> None:
    installed_app()
    notifier = world.notifier()
    notifier.notify(world.notice("n1", "started"))
    world.github.access.revoke_all()
    notifier.notify(world.notice("n2", "published"))
    assert len(world.comments()) == 2
    assert len([path for path in world.github.requests if path.endswith("/access_tokens")]) == 2


def test_a_renamed_repository_is_still_found(world: World) -> None:
    world.github.rename_repository(world.repository, "sugarlabs", "hello-activity")
    world.notifier().notify(world.notice("n1", "started"))
    assert len(world.comments()) == 1


def test_a_renamed_repository_is_still_found_by_an_app(world: World, installed_app: Callable[[], str]) -> None:
    installed_app()
    world.github.rename_repository(world.repository, "sugarlabs", "hello-activity")
    world.notifier().notify(world.notice("n1", "started"))
    assert len(world.comments()) == 1


def test_without_permission_for_statuses_the_comment_is_made_all_the_same(world: World) -> None:
    world.github.add_token(world.secret, "aslo-bot", {"metadata": "read", "contents": "read"})
    with pytest.raises(Permanent, match=r"github\.not-allowed") as refused:
        world.notifier().notify(world.notice("n1", "started"))
    assert "[notifier.github]" in refused.value.cure
    assert len(world.comments()) == 1


def test_a_double_that_may_not_be_deleted_is_left(world: World) -> None:
    world.github.add_token(world.secret, "aslo-bot", {"metadata": "read", "contents": "read", "statuses": "write"})
    notice = world.notice("n1", "started")
    for _ in range(2):
        world.github.add_comment(world.repository, world.commit, "aslo-bot", comment(notice, world.templates))
    address = world.notifier().notify(notice)
    assert address.endswith(str(world.comments()[0].id))


def test_a_double_that_lists_did_not_show_is_deleted_with_the_next_notice(world: World) -> None:
    started = world.notice("n1", "started")
    for author in ("aslo-bot", "aslo-bot", "mallory", "mallory"):
        world.github.add_comment(world.repository, world.commit, author, comment(started, world.templates))
    world.github.add_comment(world.repository, world.commit, "aslo-bot", "not a notice")
    world.github.add_comment(world.repository, world.commit, "aslo-bot", "not a notice")
    oldest = world.comments()[0].id
    world.notifier().notify(world.notice("n2", "published"))
    assert [row.author for row in world.comments()] == ["aslo-bot", "mallory", "mallory", "aslo-bot", "aslo-bot", "aslo-bot"]
    assert world.comments()[0].id == oldest


REFUSALS = {
    401: "github.credentials-refused",
    403: "github.not-allowed",
    404: "github.not-found",
    422: "github.refused",
    410: "github.unexpected-answer",
}


@pytest.mark.parametrize(("status", "rule"), REFUSALS.items())
def test_refusals_are_permanent_and_name_a_cure(world: World, status: int, rule: str) -> None:
    world.github.fail(faults.refusal(status, "No"), method="POST", path="*/comments")
    with pytest.raises(Permanent) as refused:
        world.notifier(statuses=False).notify(world.notice("n1", "started"))
    assert refused.value.rule == rule
    assert refused.value.cure
    assert "sugarlabs/hello@" in refused.value.found


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_failures_of_the_server_are_transient(world: World, status: int) -> None:
    world.github.fail(faults.server_error(status), method="POST", path="*/comments")
    with pytest.raises(Transient, match=str(status)):
        world.notifier().notify(world.notice("n1", "started"))


@pytest.mark.parametrize(
    ("limit", "least", "most"),
    [
        (faults.secondary_limit(42), 42, 42),
        (faults.secondary_limit(42, status=429), 42, 42),
        (faults.secondary_limit(None), 60, 60),
        (faults.primary_limit(36_000), 30_000, 36_001),
        (faults.primary_limit(-5), 0, 1),
        (faults.refusal(403, "In other words", {"Retry-After": "30"}), 30, 30),
        (faults.refusal(403, "In other words", {"X-RateLimit-Remaining": "0"}), 60, 60),
    ],
    ids=["retry-after", "429", "no time named", "reset", "reset just passed", "other words", "nothing remains"],
)
def test_limits_say_how_long_to_wait(world: World, limit: faults.Canned, least: int, most: int) -> None:
    world.github.fail(limit, method="POST", path="*/comments")
    with pytest.raises(Transient) as limited:
        world.notifier(statuses=False).notify(world.notice("n1", "started"))
    assert limited.value.retry_after is not None
    assert least <= limited.value.retry_after <= most
    assert not world.comments()


def test_an_answer_that_is_cut_off_is_transient(world: World) -> None:
    world.github.fail(faults.Canned(200, '[{"id": 1, "bo', {"Content-Type": "application/json"}), path="*/comments")
    with pytest.raises(Transient):
        world.notifier().notify(world.notice("n1", "started"))


def test_a_commit_that_is_not_in_the_repository_is_permanent(world: World) -> None:
    with pytest.raises(Permanent) as refused:
        world.notifier().notify(world.notice("n1", "started", commit="0" * 40))
    assert refused.value.rule == "github.refused"
    assert "No commit found" in refused.value.found


def test_a_release_whose_commit_was_never_found_is_permanent_with_a_reason(world: World) -> None:
    with pytest.raises(Permanent) as refused:
        world.notifier().notify(world.notice("n1", "rejected", commit=""))
    assert refused.value.rule == "notice.commit-unknown"
    assert "v1" in refused.value.found
    assert not world.github.requests


def test_a_repository_of_another_host_is_permanent_and_asks_nothing_of_github(world: World) -> None:
    notice = world.notice("n1", "started")
    elsewhere = msgspec.structs.replace(notice.repository, source="git", id="https://example.org/hello.git")
    with pytest.raises(Permanent) as refused:
        world.notifier().notify(msgspec.structs.replace(notice, repository=elsewhere))
    assert refused.value.rule == "notice.not-on-github"
    assert not world.github.requests


def test_an_unknown_kind_is_permanent(world: World) -> None:
    with pytest.raises(Permanent) as refused:
        world.notifier().notify(world.notice("n1", "exploded"))
    assert refused.value.rule == "notice.kind-unknown"
    assert not world.comments()


def test_the_journal_shows_from_outside_what_the_developer_was_told(world: World) -> None:
    world.notifier().notify(world.notice("n1", "started"))
    entries = [json.loads(line) for line in world.github.journal.path.read_text().splitlines()]
    assert [(entry["method"], entry["status"], entry["login"]) for entry in entries] == [("POST", 201, "aslo-bot")] * 2
    assert {entry["repository"] for entry in entries} == {"sugarlabs/hello"}
    assert entries[0]["body"]["state"] == "pending"
    assert "Building" in entries[1]["body"]["body"]


def test_an_account_that_was_renamed_still_knows_its_comments(world: World) -> None:
    notifier = world.notifier()
    notifier.notify(world.notice("n1", "started"))
    world.github.rename_account("aslo-bot", "aslo-the-bot")
    world.github.add_token(world.secret, "aslo-the-bot")
    for each in (notifier, world.notifier()):
        each.notify(world.notice("n1", "started"))
        each.notify(world.notice("n2", "published"))
    assert len(world.comments()) == 2


@pytest.mark.parametrize("status", [200, 404])
def test_an_address_that_is_not_githubs_is_permanent(world: World, status: int) -> None:
    page = faults.Canned(status, "<html>Welcome</html>", {"Content-Type": "text/html"})
    world.github.fail(page, path="*", times=5)
    with pytest.raises(Permanent) as refused:
        world.notifier().notify(world.notice("n1", "started"))
    assert "api_url" in refused.value.cure or "repository" in refused.value.cure


def test_an_operators_template_replaces_the_comment_and_not_its_marker(world: World) -> None:
    folder = world.context.directory / "templates"
    folder.mkdir()
    (folder / "comment.md").write_text("Hello {{ notice.author.login }}: {{ notice.reason }}")
    notice = world.notice("n1", "rejected", reason="*Ask* @octocat")
    for _ in range(2):
        world.notifier(templates="templates").notify(notice)
    (posted,) = world.messages()
    assert posted.startswith("<!-- aslo-notice: n1 -->\n\nHello ada: \\*Ask\\* @\u200boctocat")


def test_a_broken_template_is_told_with_its_place_tried_again_and_read_anew(world: World) -> None:
    folder = world.context.directory / "templates"
    folder.mkdir()
    (folder / "comment.md").write_text("Hello\n{{ notice.autor }}")
    notifier = world.notifier(templates="templates", statuses=False)
    with pytest.raises(Transient, match=r"templates/comment\.md:2: .*'autor'"):
        notifier.notify(world.notice("n1", "started"))
    (problem,) = notifier.template_problems()
    assert (problem.file, problem.line) == (str(folder / "comment.md"), 2)
    (folder / "comment.md").write_text("Hello\n{{ notice.author.login }}")
    notifier.notify(world.notice("n1", "started"))
    assert len(world.messages()) == 1


def test_a_comment_beyond_githubs_bound_is_the_templates_fault(world: World) -> None:
    folder = world.context.directory / "templates"
    folder.mkdir()
    (folder / "comment.md").write_text("{{ 'long ' * 100 }}" * 200)
    with pytest.raises(Transient, match="GitHub takes no more than 65,000"):
        world.notifier(templates="templates", statuses=False).notify(world.notice("n1", "started"))
