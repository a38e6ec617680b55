"""Which of the releases that a host lists are news."""

from typing import Any

import pytest

from aslo_core.api import Announcement, Person, Repository, code_host

OPTIONS = {"secret": "s3cret", "owners": ["SugarLabs"]}


def release(*, draft: bool = False, owner: str = "sugarlabs", **fields: Any) -> code_host.Release:
    repository = Repository(source="host", id="7", owner=owner, name="maze")
    given = {"tag": "v1", "published_us": 1_000, **fields}
    announcement = Announcement(repository=repository, release_id="11", author=Person(login="ada"), **given)
    return code_host.Release(announcement, draft)


def is_news(one: code_host.Release, since_us: int = 0, **options: Any) -> bool:
    return bool(list(code_host.recent([one], code_host.HostOptions.model_validate(OPTIONS | options), since_us)))


@pytest.mark.parametrize(
    ("one", "news"),
    [
        (release(), True),
        (release(draft=True), False),
        (release(owner="mallory"), False),
        (release(prerelease=True), False),
        (release(published_us=None), False),
        (release(tag="a..b"), False),
    ],
    ids=["published", "draft", "of another owner", "pre-release", "never published", "with a tag that git forbids"],
)
def test_what_a_webhook_would_not_start_is_no_news(one: code_host.Release, news: bool) -> None:
    assert is_news(one) == news


def test_options_and_time_decide() -> None:
    assert is_news(release(prerelease=True), prereleases=True)
    assert is_news(release(owner="mallory"), owners=["*"])
    assert [is_news(release(), since_us) for since_us in (999, 1_000, 1_001)] == [True, True, False]
