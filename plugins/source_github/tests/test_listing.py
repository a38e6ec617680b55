"""What GitHub has, whatever it told of it: releases, and deliveries that nobody took."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aslo_source_github import deliveries, listing
from aslo_source_github.source import GitHubSource

from aslo_core.api import Announced, Announcement, Delivery, ListsDeliveries, ListsReleases, Repository, Transient, Withdrawn
from aslo_core.testing.github import GitHub, Release, faults
from aslo_core.testing.github import Repository as Hosted

HERE = "https://aslo.example/api/hook"
TOKEN = "ghp_verysecrettoken"
ADMIN = {"metadata": "read", "contents": "read", "organization_hooks": "read", "repository_hooks": "read"}

Make = Callable[..., GitHubSource]


def known(hosted: Hosted) -> Repository:
    return Repository(source="github", id=str(hosted.id), owner=hosted.owner, name=hosted.name)


def recent(source: GitHubSource, *repositories: Hosted, since_us: int = 0) -> list[str]:
    assert isinstance(source, ListsReleases)
    found = list(source.recent([known(each) for each in repositories], since_us))
    return [f"{each.repository.full_name} {each.tag}" for each in found]


def announced(source: GitHubSource, delivery: Delivery) -> Announcement:
    verdict = source.verify(delivery)
    assert isinstance(verdict, Announced)
    return verdict.announcement


# --- releases ------------------------------------------------------------------------------------------------------------


def test_what_would_be_ignored_is_not_listed(github: GitHub, hosted: Hosted, make_source: Make) -> None:
    github.add_token(TOKEN, "sugarlabs", {"metadata": "read", "contents": "write"})  # who may write is shown drafts
    github.add_release(hosted, "v1", draft=True)
    github.add_release(hosted, "v2", prerelease=True)
    github.add_release(hosted, "a..b")
    github.add_release(github.add_repository("mallory", "maze"), "v3")
    assert recent(make_source()) == []
    assert recent(make_source(prereleases=True)) == ["sugarlabs/maze v2"]


def test_an_owner_that_is_named_twice_is_listed_once(github: GitHub, hosted: Hosted, make_source: Make) -> None:
    github.add_release(hosted, "v1")
    assert recent(make_source(owners=["sugarlabs", "SugarLabs"])) == ["sugarlabs/maze v1"]


def test_a_release_that_would_be_refused_hides_no_other(github: GitHub, hosted: Hosted, make_source: Make) -> None:
    github.add_release(hosted, "v1")
    github.add_release(hosted, "v2", name="x" * 1_001)
    assert recent(make_source()) == ["sugarlabs/maze v1"]


def test_every_repository_of_an_owner_is_looked_at(github: GitHub, make_source: Make) -> None:
    expected = set()
    for number in range(103):
        github.add_release(github.add_repository("sugarlabs", f"r{number}", github.root), "v1")
        expected.add(f"sugarlabs/r{number} v1")
    found = recent(make_source())
    assert (len(found), set(found)) == (103, expected)


def test_repositories_beyond_the_last_page_are_no_end(
    github: GitHub, make_source: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found is told all the same."""
    monkeypatch.setattr(listing, "_MOST_PAGES", 1)
    monkeypatch.setattr(listing, "_PER_PAGE", 2)
    for number in range(3):
        github.add_release(github.add_repository("sugarlabs", f"r{number}", github.root), "v1")
    told = iter(make_source().recent([], 0))
    assert len([next(told) for _ in range(2)]) == 2
    with pytest.raises(Transient, match="list the repositories of sugarlabs: there are more than 2"):
        next(told)


@pytest.mark.parametrize("private", [True, False])
def test_ones_own_private_repositories_are_listed(github: GitHub, make_source: Make, private: bool) -> None:
    github.add_token(TOKEN, "ada", {"metadata": "read", "contents": "read"})
    github.add_release(github.add_repository("ada", "maze", private=private), "v1")
    assert recent(make_source(owners=["ada"])) == ["ada/maze v1"]
    assert recent(make_source(owners=["ada"], token=None)) == ([] if private else ["ada/maze v1"])


def test_where_everybody_may_release_only_what_is_known_is_listed(github: GitHub, hosted: Hosted, make_source: Make) -> None:
    github.add_release(hosted, "v1")
    github.add_release(github.add_repository("mallory", "maze"), "v1")
    assert recent(make_source(owners=["*"])) == []
    assert recent(make_source(owners=["*"]), hosted) == ["sugarlabs/maze v1"]


def test_a_known_repository_that_was_moved_to_somebody_else_is_not_listed(
    github: GitHub, hosted: Hosted, make_source: Make
) -> None:
    github.add_release(hosted, "v1")
    github.rename_repository(hosted, "mallory", "maze")
    assert recent(make_source(), hosted) == []


def test_an_app_lists_what_it_is_installed_on(github: GitHub, hosted: Hosted, make_source: Make) -> None:
    key = github.add_app("aslo", "sugarlabs", {"metadata": "read", "contents": "read"})
    by_app = {"token": None, "app_id": key.id, "private_key": key.private_key}
    github.add_release(hosted, "v1")
    github.add_release(github.add_repository("sugarlabs", "closed", private=True), "v2")
    github.add_release(github.add_repository("mallory", "maze"), "v3")
    assert set(recent(make_source(**by_app))) == {"sugarlabs/maze v1", "sugarlabs/closed v2"}
    assert set(recent(make_source(owners=["*"], **by_app))) == {"sugarlabs/maze v1", "sugarlabs/closed v2"}
    assert recent(make_source(owners=["mallory"], **by_app)) == []


def test_a_limit_that_is_reached_says_how_long_to_wait(github: GitHub, hosted: Hosted, make_source: Make) -> None:
    github.add_release(hosted, "v1")
    github.fail(faults.primary_limit(1800), path="*/releases")
    with pytest.raises(Transient, match=r"releases: .*its limit is reached") as caught:
        recent(make_source())
    assert caught.value.retry_after == pytest.approx(1800, abs=10)


def test_a_token_that_is_refused_is_no_empty_list(github: GitHub, hosted: Hosted, make_source: Make) -> None:
    github.access.revoke(TOKEN)
    source = make_source()
    with pytest.raises(Transient, match="Bad credentials"):
        recent(source)
    with pytest.raises(Transient, match="Bad credentials"):
        list(source.undelivered(0))


# --- deliveries ----------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sugarlabs", "sugarlabs/maze", "app"])
def source(request: pytest.FixtureRequest, github: GitHub, hosted: Hosted, make_source: Make) -> tuple[GitHubSource, Any]:
    """A source, and the webhook that brings its releases: of the organisation, of the repository or of the App."""
    if request.param == "app":
        key = github.add_app("aslo", "sugarlabs", {"metadata": "read", "contents": "read"})
        hook = github.add_hook(str(key.id), f"{HERE}/")
        return make_source(token=None, app_id=key.id, private_key=key.private_key), hook
    github.add_token(TOKEN, "aslo-bot", ADMIN)
    github.add_account("sugarlabs", kind="Organization")
    return make_source(), github.add_hook(request.param, HERE)


@pytest.fixture
def release(github: GitHub, hosted: Hosted) -> Release:
    return github.add_release(hosted, "v1", author="ada", assets={"Maze-1.xo": b"x"})


def test_what_nobody_took_is_told_as_its_delivery_would_have_told_it(
    github: GitHub, source: tuple[GitHubSource, Any], release: Release, deliver: Callable[..., Delivery]
) -> None:
    lister, hook = source
    assert isinstance(lister, ListsDeliveries)
    for action, status in (("published", 0), ("created", 502), ("deleted", 502)):
        github.note_attempt(hook, "release", github.release_payload(release, action), status, guid=f"guid-{action}")
    github.note_attempt(hook, "push", {}, 502)
    first, second = (one.verdict for one in lister.undelivered(0))
    assert first == lister.verify(deliver(github.release_payload(release), delivery_id="guid-published"))
    assert second == lister.verify(deliver(github.release_payload(release, "deleted"), delivery_id="guid-deleted"))
    assert isinstance(second, Withdrawn)


@pytest.mark.parametrize(
    ("statuses", "told"),
    [([202], 0), ([400], 0), ([401], 0), ([429], 1), ([502, 503], 1), ([0, 202], 0), ([202, 0], 0)],
)
def test_what_was_heard_once_is_not_told_again(
    github: GitHub, source: tuple[GitHubSource, Any], release: Release, statuses: list[int], told: int
) -> None:
    lister, hook = source
    for status in statuses:
        github.note_attempt(hook, "release", github.release_payload(release), status, guid="guid")
    assert len(list(lister.undelivered(0))) == told


def test_it_is_told_when_it_was_tried_first(github: GitHub, source: tuple[GitHubSource, Any], release: Release) -> None:
    lister, hook = source
    for day in (1, 2):
        payload = github.release_payload(release)
        github.note_attempt(hook, "release", payload, 0, guid="guid", delivered_at=f"2026-03-0{day}T00:00:00Z")
    (missed,) = lister.undelivered(0)
    assert missed.tried_us == 1_772_323_200_000_000


def test_attempts_beyond_one_page_and_before_a_time(github: GitHub, source: tuple[GitHubSource, Any], release: Release) -> None:
    lister, hook = source
    payload = github.release_payload(release)
    for day in (1, 2):
        github.note_attempt(hook, "release", payload, 0, guid=f"guid-{day}", delivered_at=f"2026-03-0{day}T00:00:00Z")
    for _ in range(205):
        github.note_attempt(hook, "push", {}, 202, delivered_at="2026-03-03T00:00:00Z")
    assert [one.verdict.delivery_id for one in lister.undelivered(0)] == ["guid-1", "guid-2"]
    assert [one.verdict.delivery_id for one in lister.undelivered(1_772_409_600_000_000)] == ["guid-2"]


def test_attempts_beyond_the_last_page_are_no_end(
    github: GitHub, source: tuple[GitHubSource, Any], release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found is told all the same."""
    monkeypatch.setattr(deliveries, "_MOST_PAGES", 1)
    lister, hook = source
    payload = github.release_payload(release)
    for _ in range(100):
        github.note_attempt(hook, "push", {}, 202, delivered_at="2026-03-01T00:00:00Z")
    github.note_attempt(hook, "release", payload, 0, guid="guid", delivered_at="2026-03-02T00:00:00Z")
    told = iter(lister.undelivered(0))
    assert next(told).verdict.delivery_id == "guid"
    with pytest.raises(Transient, match="there are more than 100, and older ones were not asked for"):
        next(told)


def test_a_payload_that_is_none_and_a_webhook_that_leads_elsewhere(
    github: GitHub, source: tuple[GitHubSource, Any], release: Release
) -> None:
    lister, hook = source
    github.note_attempt(hook, "release", {"action": "published"}, 0)
    github.note_attempt(hook, "release", github.release_payload(release), 0, guid="good")
    assert [one.verdict.delivery_id for one in lister.undelivered(0)] == ["good"]
    hook.url = "https://elsewhere.example.org/api/hook"
    assert list(lister.undelivered(0)) == []


def test_a_token_that_may_see_no_webhooks_finds_nothing(github: GitHub, hosted: Hosted, make_source: Make) -> None:
    github.add_hook("sugarlabs/maze", HERE)
    assert list(make_source().undelivered(0)) == list(make_source(token=None).undelivered(0)) == []
