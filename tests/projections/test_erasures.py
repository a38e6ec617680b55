"""What the read models show once a body was erased: as before, without what it said."""

from __future__ import annotations

import pytest

from aslo_core import events as e
from aslo_core.projections import Projector, Views, catalogue, queue, releases, timeline
from aslo_core.release.erasure import erase
from aslo_core.testing import values
from aslo_core.testing.story import CAUSE, Made, Story

RELEASE = values.announcement("10", "v1")


def erased(story: Story, kind: type[e.Event]) -> None:
    for recorded in [*story.log.read_all()]:
        if isinstance(recorded.event, kind):
            erase(story.log, recorded, "asked for", CAUSE)


def state(projector: Projector, views: Views) -> tuple[str, int, int]:
    projector.catch_up()
    with views.snapshot() as connection:
        found = releases.find(connection, RELEASE.stream)
        assert queue.counts(connection, 1 << 61) == ()
    assert found is not None
    return found.state, found.run, found.attempt


@pytest.mark.parametrize("kind", [e.ReleaseWithdrawn, e.SourceFetched, e.ReleasePublished, e.StepClaimed])
def test_a_withdrawn_release_stays_withdrawn(story: Story, projector: Projector, views: Views, kind: type[e.Event]) -> None:
    story.published(RELEASE, Made())
    story.withdrawn(RELEASE, Made(), "a mistake")
    before = state(projector, views)
    erased(story, kind)
    assert state(projector, views) == before == ("withdrawn", 1, 6)


def test_a_run_that_ended_is_not_worked_on_again(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE)
    attempt = story.claimed(RELEASE, "fetch")
    story.happened(RELEASE.stream, e.ReleaseRejected(attempt=attempt, step="fetch", rule="x.y", found="by Ada", cure=""))
    erased(story, e.ReleaseRejected)
    assert state(projector, views) == ("rejected", 1, 1)
    with views.snapshot() as connection:
        told = timeline.of_release(connection, RELEASE.stream)
    assert told[-1].sentence == "Before an erasure: run 1 of this release has ended, rejected."


def test_a_withdrawn_version_stays_withdrawn_and_names_nobody(story: Story, projector: Projector, views: Views) -> None:
    second = Made(metadata=values.metadata(version="2"), bundle=values.blob("two"))
    story.published(RELEASE, Made())
    story.published(values.announcement("11", "v2"), second)
    story.withdrawn(values.announcement("11", "v2"), second, "a mistake of Ada's", by="ada", hold="operator")
    erased(story, e.VersionWithdrawn)
    projector.catch_up()
    with views.snapshot() as connection:
        assert catalogue.latest(connection, "org.example.Maze") == "1"
        found = catalogue.find(connection, "org.example.Maze", "2")
    assert found is not None
    assert (found.withdrawn_us is not None, found.hold) == (True, "operator")
    assert (found.withdrawn_by, found.withdrawn_reason) == (
        "somebody whose name was erased",
        "The record of its withdrawal was erased.",
    )


def test_a_withdrawal_that_was_not_erased_is_told_as_it_was(story: Story, projector: Projector, views: Views) -> None:
    story.published(RELEASE, Made())
    story.withdrawn(RELEASE, Made(), "a mistake")
    erased(story, e.VersionReserved)
    projector.catch_up()
    with views.snapshot() as connection:
        found = catalogue.find(connection, "org.example.Maze", "1")
    assert found is not None
    assert (found.withdrawn_by, found.withdrawn_reason) == ("ada", "a mistake")
