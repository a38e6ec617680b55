"""Every authentic delivery ends with a reason that can be read."""

from __future__ import annotations

from aslo_core import events as e
from aslo_core.projections import Projector, Views, deliveries
from aslo_core.testing import values
from aslo_core.testing.story import Story

RELEASE = values.announcement("10", "v1")


def test_each_decision_is_told(story: Story, projector: Projector, views: Views) -> None:
    story.announced(RELEASE, delivery="a")
    story.happened("delivery/github/b", e.DeliveryIgnored(trigger="push", reason="no release", body_digest="d", body_size=1))
    draft = e.DeliveryIgnored(
        trigger="release.created",
        reason="a draft",
        body_digest="d",
        body_size=1,
        release=RELEASE.stream,
        repository=RELEASE.repository,
        tag="v1",
    )
    story.happened("delivery/github/c", draft)
    story.happened("delivery/git/by/hand", e.DeliveryRefused(reason="no JSON", body_digest="d", body_size=2))
    projector.catch_up()
    with views.snapshot() as connection:
        accepted = deliveries.find(connection, "github", "a")
        ignored = deliveries.find(connection, "github", "b")
        drafted = deliveries.find(connection, "github", "c")
        refused = deliveries.find(connection, "git", "by/hand")
        newest = [one.id for one in deliveries.newest(connection, 2)]
        older = [one.id for one in deliveries.newest(connection, 9, before=refused.position if refused else 0)]
        of_release = [one.id for one in deliveries.of_release(connection, RELEASE.stream)]
        assert deliveries.find(connection, "git", "a") is None
    assert accepted is not None
    assert (accepted.decision, accepted.release, accepted.repository) == ("accepted", RELEASE.stream, RELEASE.repository)
    assert ignored is not None
    assert (ignored.decision, ignored.trigger, ignored.reason) == ("ignored", "push", "no release")
    assert (ignored.release, ignored.repository, ignored.tag) == ("", None, "")
    assert drafted is not None
    assert (drafted.release, drafted.repository, drafted.tag) == (RELEASE.stream, RELEASE.repository, "v1")
    assert refused is not None
    assert (refused.decision, refused.reason, refused.body_size) == ("refused", "no JSON", 2)
    assert newest == ["by/hand", "c"]
    assert older == ["c", "b", "a"]
    assert of_release == ["a", "c"]
