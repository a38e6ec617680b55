"""Where each release stands, and what is due."""

from __future__ import annotations

import pytest

from aslo_core import events as e
from aslo_core.projections import Projector, Views, queue, releases, timeline
from aslo_core.projections.release_tables import ReleaseRow
from aslo_core.testing import values
from aslo_core.testing.story import COMMIT, Made, Story

RELEASE = values.announcement("10", "v1")
LATER = 1 << 61


def row(projector: Projector, views: Views, stream: str = RELEASE.stream) -> ReleaseRow:
    projector.catch_up()
    with views.snapshot() as connection:
        found = releases.find(connection, stream)
    assert found is not None
    return found


def due(projector: Projector, views: Views, now_us: int = LATER) -> list[str]:
    projector.catch_up()
    with views.snapshot() as connection:
        lines = queue.counts(connection, now_us)
        return [one for line in lines for one in queue.first(connection, line.urgency, line.owner, line.waiting, now_us)]


def test_a_release_is_due_from_its_announcement_on(story: Story, projector: Projector, views: Views) -> None:
    announced = story.announced(RELEASE)
    found = row(projector, views)
    assert (found.state, found.run, found.step, found.trigger) == ("queued", 1, "", "published")
    assert found.announcement == RELEASE
    assert due(projector, views, announced.recorded_us) == [RELEASE.stream]
    assert due(projector, views, announced.recorded_us - 1) == []


def test_a_claimed_step_is_not_due(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    story.claimed(RELEASE, "fetch")
    assert (row(projector, views).state, row(projector, views).step, row(projector, views).claimed) == (
        "working",
        "fetch",
        True,
    )
    assert due(projector, views) == []
    with views.snapshot() as connection:
        assert [one.attempt for one in releases.claimed(connection)] == [1]


def test_a_failed_step_is_due_when_it_is_to_be_repeated(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    attempt = story.claimed(RELEASE, "fetch")
    again = e.StepFailed(attempt=attempt, step="fetch", kind="transient", error="no route to host", retry_at_us=LATER)
    story.happened(RELEASE.stream, again)
    found = row(projector, views)
    assert (found.state, found.failures, found.reason, found.due_at_us) == ("waiting", 1, "no route to host", LATER)
    assert due(projector, views, LATER - 1) == []
    assert due(projector, views, LATER) == [RELEASE.stream]


def test_an_abandoned_step_is_due_at_once(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    attempt = story.claimed(RELEASE, "fetch")
    given_up = story.happened(RELEASE.stream, e.StepAbandoned(attempt=attempt, step="fetch", reason="its worker is gone"))[0]
    assert row(projector, views).state == "waiting"
    assert due(projector, views, given_up.recorded_us) == [RELEASE.stream]


def test_after_each_outcome_the_next_step_is_due(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    for told in (story.fetched, story.built, story.inspected):
        told(RELEASE, Made(warnings=("small",)))
        assert due(projector, views) == [RELEASE.stream]
        assert row(projector, views).state == "working"
    found = row(projector, views)
    assert (found.commit, found.bundle_id, found.name, found.version) == (COMMIT, "org.example.Maze", "Maze", "1")
    assert found.isolation is not None
    assert found.isolation.level == "sandbox"


def test_warnings_of_the_source_and_of_the_bundle_are_kept_in_order(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    story.fetched(RELEASE, Made(), warnings=("of the source",))
    refused = e.AssetRefused(
        attempt=story.claimed(RELEASE, "inspect"), name="Maze.xo", rule="bundle.x", found="Found.", cure="Mend."
    )
    story.happened(RELEASE.stream, refused)
    story.inspected(RELEASE, Made(warnings=("of the bundle",)))
    of_asset = "The attached 'Maze.xo' is not used (bundle.x), and the bundle is built from the source: Found. Mend."
    assert row(projector, views).warnings == ("of the source", of_asset, "of the bundle")


def test_a_published_release_is_due_no_more(story: Story, projector: Projector, views: Views) -> None:
    story.published(RELEASE, Made(warnings=("small",)))
    found = row(projector, views)
    assert (found.state, found.stored, found.claimed) == ("published", ("main",), False)
    assert (found.published_bundle_id, found.published_version) == ("org.example.Maze", "1")
    assert found.published_warnings == ("small",)
    assert due(projector, views) == []


def test_a_run_with_nothing_new_keeps_what_was_published(story: Story, projector: Projector, views: Views) -> None:
    story.published(RELEASE, Made(warnings=("small",)))
    story.announced(RELEASE, "edited")
    story.fetched(RELEASE, Made())
    story.happened(RELEASE.stream, e.ReleaseUnchanged(attempt=7, commit=COMMIT))
    found = row(projector, views)
    assert (found.state, found.run, found.attempt) == ("unchanged", 2, 7)
    assert (found.published_version, found.published_warnings) == ("1", ("small",))


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            e.ReleaseRejected(attempt=1, step="inspect", rule="bundle.icon-missing", found="no icon", cure="add one"),
            {"state": "rejected", "rule": "bundle.icon-missing", "found": "no icon", "cure": "add one", "step": "inspect"},
        ),
        (e.ReleaseFailed(attempt=1, step="build", kind="internal", reason="no disk"), {"state": "failed", "reason": "no disk"}),
        (e.ReleaseCancelled(by="operator", reason="not now"), {"state": "cancelled", "reason": "not now"}),
        (e.ReleaseWithdrawn(by="ada", reason="deleted", hold="host"), {"state": "withdrawn", "reason": "deleted"}),
    ],
)
def test_every_end_says_why(story: Story, projector: Projector, views: Views, event: e.Event, told: dict[str, str]) -> None:
    story.announced(RELEASE)
    story.claimed(RELEASE, "fetch")
    story.happened(RELEASE.stream, event)
    found = row(projector, views)
    assert {name: getattr(found, name) for name in told} == told
    assert not found.claimed
    assert due(projector, views) == []


def test_a_new_run_starts_afresh(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    story.fetched(RELEASE, Made(), warnings=("old",))
    attempt = story.claimed(RELEASE, "build")
    story.happened(RELEASE.stream, e.ReleaseRejected(attempt=attempt, step="build", rule="a.b", found="x", cure="y"))
    story.announced(RELEASE, "edited")
    found = row(projector, views)
    assert (found.state, found.run, found.rule, found.commit, found.warnings, found.failures) == ("queued", 2, "", "", (), 0)
    assert found.attempt == attempt, "attempts grow over the whole stream"


def test_the_longest_due_comes_first(story: Story, projector: Projector, views: Views) -> None:
    streams = []
    for number in range(3):
        release = values.announcement(str(number))
        story.announced(release)
        streams.append(release.stream)
    attempt = story.claimed(values.announcement("0"), "fetch")
    story.happened(streams[0], e.StepAbandoned(attempt=attempt, step="fetch", reason="gone"))
    assert due(projector, views) == [streams[1], streams[2], streams[0]]


def test_the_list_is_by_last_change_and_can_be_paged_and_filtered(story: Story, projector: Projector, views: Views) -> None:
    for number in range(5):
        story.announced(values.announcement(str(number)))
    story.happened(values.announcement("1").stream, e.ReleaseCancelled(by="operator", reason="no"))
    projector.catch_up()
    with views.snapshot() as connection:
        first = releases.newest(connection, 2)
        rest = releases.newest(connection, 10, before=first[-1].position)
        queued = releases.newest(connection, 10, states=("queued",))
        counts = releases.count_by_state(connection)
    ids = [one.announcement.release_id for one in (*first, *rest)]
    assert ids == ["1", "4", "3", "2", "0"]
    assert [one.announcement.release_id for one in queued] == ["4", "3", "2", "0"]
    assert counts == {"cancelled": 1, "queued": 4}


def test_the_timeline_tells_everything_in_order_with_its_run(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    story.fetched(RELEASE, Made())
    story.happened(RELEASE.stream, e.ReleaseCancelled(by="operator", reason="not now"))
    story.announced(RELEASE, "retry")
    projector.catch_up()
    with views.snapshot() as connection:
        told = timeline.of_release(connection, RELEASE.stream)
    assert [(one.run, one.name, one.attempt) for one in told] == [
        (1, "release.announced", None),
        (1, "step.claimed", 1),
        (1, "source.fetched", 1),
        (1, "release.cancelled", None),
        (2, "release.announced", None),
    ]
    assert [one.position for one in told] == sorted(one.position for one in told)
    assert told[3].sentence == "Cancelled by operator: not now"
    assert told[2].sentence == f"Commit {COMMIT[:12]} was fetched: 3 files."


def test_a_release_whose_announcement_was_erased_is_left_out(story: Story, projector: Projector, views: Views) -> None:
    story.happened(RELEASE.stream, e.StepClaimed(attempt=1, step="fetch", worker="w"))
    projector.catch_up()
    with views.snapshot() as connection:
        assert releases.find(connection, RELEASE.stream) is None
        assert [one.run for one in timeline.of_release(connection, RELEASE.stream)] == [0]


def test_each_source_is_named_once(story: Story, projector: Projector, views: Views) -> None:
    """Names that begin alike stand on both sides of the slash that ends the shorter one."""
    names = ["github", "github-enterprise", "github0", "git", "gitlab", "a"]
    for number, source in enumerate(names):
        for repository in ("1", "2"):
            story.announced(values.announcement(str(number), of=values.repository(repository, source=source)))
    projector.catch_up()
    with views.snapshot() as connection:
        assert sorted(releases.sources(connection)) == sorted(names)


def test_without_releases_there_is_no_source(projector: Projector, views: Views) -> None:
    projector.catch_up()
    with views.snapshot() as connection:
        assert releases.sources(connection) == ()
