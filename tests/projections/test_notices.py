"""What each notifier still has to be told."""

from __future__ import annotations

from aslo_core import events as e
from aslo_core.projections import Projector, Views, notices
from aslo_core.testing import values
from aslo_core.testing.story import COMMIT, Made, Story

RELEASE = values.announcement("10", "v1")
NOTICES = "notice/github/1/10"
LATER = 1 << 61


def due(projector: Projector, views: Views, notifier: str = "github", now_us: int = LATER) -> list[str]:
    projector.catch_up()
    with views.snapshot() as connection:
        return [one.kind for one in notices.due(connection, notifier, now_us)]


def sent(story: Story, about: e.Recorded, kind: str, notifier: str = "github") -> None:
    told = e.NoticeSent(about=about.id, notifier=notifier, kind=kind, url="https://github.com/c#1")
    story.happened(NOTICES, told)


def failed(story: Story, about: e.Recorded, kind: str, retry_at_us: int | None) -> None:
    event = e.NoticeFailed(about=about.id, notifier="github", kind=kind, tries=1, error="403", retry_at_us=retry_at_us)
    story.happened(NOTICES, event)


def test_started_is_told_once_the_commit_is_known(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    assert due(projector, views) == []
    fetched = story.fetched(RELEASE, Made())
    assert due(projector, views) == ["started"]
    assert due(projector, views, now_us=fetched.recorded_us - 1) == []
    sent(story, fetched, "started")
    assert due(projector, views) == []
    with views.snapshot() as connection:
        told = notices.of_release(connection, RELEASE.stream)
    assert [(one.state, one.url, one.about) for one in told] == [("sent", "https://github.com/c#1", fetched.id)]


def test_a_later_notice_waits_for_the_earlier_one(story: Story, projector: Projector, views: Views) -> None:
    published, _ = story.published(RELEASE, Made())
    projector.catch_up()
    with views.snapshot() as connection:
        first = notices.due(connection, "github", LATER)
    assert [one.kind for one in first] == ["started"]
    about = story.log.find(first[0].about)
    assert about is not None
    failed(story, about, "started", LATER)
    assert due(projector, views, now_us=LATER - 1) == []
    assert due(projector, views) == ["started"]
    sent(story, about, "started")
    assert due(projector, views) == ["published"]
    sent(story, published, "published")
    assert due(projector, views) == []


def test_a_notice_that_failed_for_good_lets_the_next_one_go(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    fetched = story.fetched(RELEASE, Made())
    story.happened(RELEASE.stream, e.ReleaseFailed(attempt=1, step="build", kind="internal", reason="no disk"))
    failed(story, fetched, "started", None)
    assert due(projector, views) == ["failed"]
    with views.snapshot() as connection:
        given_up = notices.of_release(connection, RELEASE.stream)[0]
    assert (given_up.state, given_up.tries, given_up.error, given_up.due_at_us) == ("failed", 1, "403", None)


def test_each_notifier_is_told_on_its_own(story: Story, projector: Projector, views: Views) -> None:
    story.notifiers = ("github", "matrix")
    story.announced(RELEASE)
    fetched = story.fetched(RELEASE, Made())
    sent(story, fetched, "started", "matrix")
    assert due(projector, views, "github") == ["started"]
    assert due(projector, views, "matrix") == []


def test_each_release_is_told_on_its_own(story: Story, projector: Projector, views: Views) -> None:
    other = values.announcement("11", "v2")
    for release in (RELEASE, other):
        story.announced(release)
        story.fetched(release, Made())
    assert due(projector, views) == ["started", "started"]


def test_a_rejection_before_the_commit_is_known_is_told(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    story.happened(RELEASE.stream, e.ReleaseRejected(attempt=1, step="fetch", rule="a.b", found="no tag", cure="make one"))
    assert due(projector, views) == ["rejected"]


def test_a_run_with_nothing_new_says_nothing(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    attempt = story.claimed(RELEASE, "fetch")
    fetched = values.fetched(attempt, commit=COMMIT)
    story.happened(RELEASE.stream, fetched, e.ReleaseUnchanged(attempt=attempt, commit=COMMIT))
    assert due(projector, views) == []
    with views.snapshot() as connection:
        assert notices.of_release(connection, RELEASE.stream) == ()


def test_a_run_with_nothing_new_that_was_begun_is_ended(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    fetched = story.fetched(RELEASE, Made())
    sent(story, fetched, "started")
    story.happened(RELEASE.stream, e.ReleaseUnchanged(attempt=1, commit=COMMIT))
    assert due(projector, views) == ["unchanged"]


def test_a_cancelled_run_is_told_only_if_it_was_begun(story: Story, projector: Projector, views: Views) -> None:
    cancelled = e.ReleaseCancelled(by="aslo", reason="replaced")
    story.announced(RELEASE)
    story.happened(RELEASE.stream, cancelled)
    assert due(projector, views) == []
    story.announced(RELEASE)
    fetched = story.fetched(RELEASE, Made())
    story.happened(RELEASE.stream, cancelled)
    sent(story, fetched, "started")
    assert due(projector, views) == ["cancelled"]


def test_a_withdrawal_is_told_to_those_of_the_newest_run(story: Story, projector: Projector, views: Views) -> None:
    story.published(RELEASE, Made())
    story.notifiers = ("matrix",)
    story.announced(RELEASE)
    story.happened(RELEASE.stream, e.ReleaseWithdrawn(by="ada", reason="deleted", hold="host"))
    assert due(projector, views, "matrix") == ["withdrawn"]


def test_without_notifiers_nothing_is_due(story: Story, projector: Projector, views: Views) -> None:
    story.notifiers = ()
    story.published(RELEASE, Made())
    assert due(projector, views) == []


def test_what_was_told_of_unknown_events_is_let_be(story: Story, projector: Projector, views: Views) -> None:
    story.happened(NOTICES, e.NoticeSent(about="unknown", notifier="github", kind="started", url=""))
    assert due(projector, views) == []
