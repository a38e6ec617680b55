"""What is due, by line, and the place of each release."""

from __future__ import annotations

import pytest

from aslo_core import events as e
from aslo_core.projections import Projector, Views, queue, waits
from aslo_core.projections.queue import Place
from aslo_core.projections.turns import Count, Urgency
from aslo_core.projections.waits import Failing
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from aslo_core.types import Announcement

LATER = 1 << 61


def release(name: str) -> Announcement:
    owner, number = name.split("/")
    return values.announcement(number, of=values.repository(id_=owner, owner=owner))


@pytest.fixture
def counted(projector: Projector, views: Views):
    def look() -> list[Count]:
        projector.catch_up()
        with views.snapshot() as connection:
            return sorted(queue.counts(connection, LATER))

    return look


def places(projector: Projector, views: Views, *names: str, now_us: int = LATER) -> dict[str, Place]:
    projector.catch_up()
    by_stream = {release(name).stream: name for name in names}
    with views.snapshot() as connection:
        found = queue.places(connection, list(by_stream), now_us)
    return {by_stream[stream]: place for stream, place in found.items()}


def failed(story: Story, which: Announcement, step: str, error: str) -> None:
    attempt = story.claimed(which, step)
    story.happened(which.stream, e.StepFailed(attempt=attempt, step=step, kind="transient", error=error, retry_at_us=LATER))


def test_lines_are_counted_by_urgency_and_owner(story: Story, counted) -> None:
    for name in ("Ada/1", "ada/2", "bob/1"):
        story.announced(release(name))
    story.announced(release("bob/2"), "retry")
    assert counted() == [
        Count(Urgency.OPERATOR, "github:bob", 1, -1),
        Count(Urgency.NORMAL, "github:ada", 2, -1),
        Count(Urgency.NORMAL, "github:bob", 1, -1),
    ]


def test_what_an_owner_was_served_is_known(story: Story, counted) -> None:
    for name in ("ada/1", "ada/2"):
        story.announced(release(name))
    story.claimed(release("ada/1"), "fetch")
    assert counted() == [Count(Urgency.NORMAL, "github:ada", 1, story.log.head())]


def test_between_two_steps_a_release_is_under_way_until_one_fails(story: Story, counted) -> None:
    story.announced(release("ada/1"), "retry")
    story.fetched(release("ada/1"), Made())
    assert [one.urgency for one in counted()] == [Urgency.UNDER_WAY]
    failed(story, release("ada/1"), "build", "no room")
    assert [one.urgency for one in counted()] == [Urgency.OPERATOR]


def test_the_first_of_a_line_are_the_longest_due(story: Story, projector: Projector, views: Views) -> None:
    for number in ("3", "1", "2"):
        story.announced(release(f"ada/{number}"))
    projector.catch_up()
    with views.snapshot() as connection:
        found = queue.first(connection, Urgency.NORMAL, "github:ada", 2, LATER)
    assert found == (release("ada/3").stream, release("ada/1").stream)


def test_places_go_round_between_owners(story: Story, projector: Projector, views: Views) -> None:
    for name in ("ada/1", "ada/2", "ada/3", "bob/1"):
        story.announced(release(name))
    assert places(projector, views, "ada/1", "ada/3", "bob/1", "ada/2") == {
        "ada/1": Place(1, 4),
        "bob/1": Place(2, 4),
        "ada/2": Place(3, 4),
        "ada/3": Place(4, 4),
    }


def test_who_has_something_at_work_stands_behind_who_has_not(story: Story, projector: Projector, views: Views) -> None:
    for name in ("ada/1", "ada/2", "bob/1"):
        story.announced(release(name))
    story.claimed(release("ada/1"), "fetch")
    assert places(projector, views, "ada/1", "ada/2", "bob/1") == {"bob/1": Place(1, 2), "ada/2": Place(2, 2)}


def test_what_is_not_due_has_no_place(story: Story, projector: Projector, views: Views) -> None:
    story.announced(release("ada/1"))
    failed(story, release("ada/1"), "fetch", "away")
    assert places(projector, views, "ada/1", "ada/9", now_us=LATER - 1) == {}
    assert places(projector, views, "ada/1") == {"ada/1": Place(1, 1)}


def test_a_storage_fails_until_anything_is_heard_of_it(story: Story, projector: Projector, views: Views) -> None:
    for name in ("ada/1", "bob/1"):
        story.announced(release(name))
        failed(story, release(name), "store:main", f"{name} was told no")

    def failing() -> tuple[Failing, ...]:
        projector.catch_up()
        with views.snapshot() as connection:
            return waits.storages_failing(connection)

    assert failing() == (Failing("main", 2, "bob/1 was told no"),)
    story.published(release("eve/1"), Made())
    assert failing() == ()


def test_a_worker_that_died_says_nothing_of_the_storage(story: Story, projector: Projector, views: Views) -> None:
    for name in ("ada/1", "bob/1"):
        story.announced(release(name))
        attempt = story.claimed(release(name), "store:main")
        story.happened(release(name).stream, e.StepAbandoned(attempt=attempt, step="store:main", reason="its process is gone"))
    projector.catch_up()
    with views.snapshot() as connection:
        assert waits.storages_failing(connection) == ()
