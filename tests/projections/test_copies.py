"""Which storage has what, as receipts in the log tell."""

from __future__ import annotations

import pytest

from aslo_core import events as e
from aslo_core.projections import Projector, Views, copies
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from aslo_core.types import Blob

TABLES = [("main", True), ("mirror", False)]
ONE = Made(metadata=values.metadata(version="1"), bundle=values.blob("one"))
TWO = Made(metadata=values.metadata(version="2"), bundle=values.blob("two"))


@pytest.fixture
def published(story: Story) -> Story:
    story.published(values.announcement("1", "v1"), ONE)
    story.published(values.announcement("2", "v2"), TWO)
    return story


def due(projector: Projector, views: Views, storage: str = "mirror", *, parked: bool = False) -> tuple[Blob, ...]:
    projector.make_ready()
    with views.snapshot() as connection:
        return copies.due(connection, storage, ["main", "mirror"], 10, parked=parked)


def holders(projector: Projector, views: Views, blob: Blob) -> tuple[str, ...]:
    projector.make_ready()
    with views.snapshot() as connection:
        return copies.holders(connection, blob.name, copies.storages_in_force(connection, TABLES))


def received(story: Story, *blobs: Blob, storage: str = "mirror") -> None:
    story.happened(f"copies/{storage}", e.CopiesReceived(objects=blobs, verified="backend"))


def test_what_is_published_is_wanted_everywhere_the_oldest_first(published: Story, projector: Projector, views: Views):
    assert due(projector, views) == (ONE.bundle, TWO.bundle)
    assert due(projector, views, "main") == ()
    received(published, ONE.bundle)
    assert due(projector, views) == (TWO.bundle,)


def test_what_is_stored_and_not_published_is_wanted_nowhere(story: Story, projector: Projector, views: Views):
    release = values.announcement("1", "v1")
    story.announced(release)
    stored = e.BundleStored(attempt=1, storage="main", objects=(ONE.bundle,), address="", verified="backend")
    story.happened(release.stream, stored)
    assert due(projector, views) == ()
    with views.snapshot() as connection:
        assert copies.needed(connection, [ONE.bundle.name], [release.stream]) == {ONE.bundle.name}
        assert copies.needed(connection, [ONE.bundle.name], []) == frozenset()


def test_what_nobody_has_cannot_be_copied(published: Story, projector: Projector, views: Views):
    published.happened("copies/main", e.CopiesLost(missing=(ONE.bundle,), altered=()))
    assert due(projector, views) == (TWO.bundle,)
    assert due(projector, views, "main") == ()


def test_what_is_lost_is_wanted_again(published: Story, projector: Projector, views: Views):
    received(published, ONE.bundle, TWO.bundle)
    published.happened("copies/main", e.CopiesLost(missing=(ONE.bundle,), altered=(TWO.bundle,)))
    assert due(projector, views, "main") == (ONE.bundle, TWO.bundle)


def test_a_refused_object_is_parked_until_it_arrives(published: Story, projector: Projector, views: Views):
    published.happened("copies/mirror", e.CopyRefused(blob=ONE.bundle, error="other bytes there"))
    assert due(projector, views) == (TWO.bundle,)
    assert due(projector, views, parked=True) == (ONE.bundle, TWO.bundle)
    with views.snapshot() as connection:
        counted = copies.counts(connection, "mirror")
    assert (counted.missing, counted.parked, counted.parked_error) == (2, 1, "other bytes there")
    received(published, ONE.bundle)
    projector.make_ready()
    with views.snapshot() as connection:
        assert copies.counts(connection, "mirror").parked == 0


def test_downloads_are_given_by_those_with_a_receipt_the_primary_first(published: Story, projector: Projector, views: Views):
    assert holders(projector, views, ONE.bundle) == ("main",)
    received(published, ONE.bundle)
    assert holders(projector, views, ONE.bundle) == ("main", "mirror")
    published.happened("storage/mirror", e.StorageSwitched(before="main", by="op", reason="test"))
    assert holders(projector, views, ONE.bundle) == ("mirror", "main")
    assert holders(projector, views, TWO.bundle) == ("main",)


def test_one_that_fails_is_read_after_the_others_until_something_arrives(published: Story, projector: Projector, views: Views):
    received(published, ONE.bundle)
    published.happened("copies/main", e.CopiesDelayed(failures=1, error="away", retry_at_us=99))
    assert holders(projector, views, ONE.bundle) == ("mirror", "main")
    assert holders(projector, views, TWO.bundle) == ("main",)
    published.happened("copies/main", e.CopiesReceived(objects=(ONE.bundle,), verified="backend"))
    assert holders(projector, views, ONE.bundle) == ("main", "mirror")


def test_a_retired_storage_is_read_for_what_nobody_else_has(published: Story, projector: Projector, views: Views):
    received(published, ONE.bundle)
    published.happened("storage/mirror", e.StorageSwitched(before="main", by="op", reason="test"))
    published.happened("storage/main", e.StorageRetired(by="op", reason="test"))
    assert holders(projector, views, ONE.bundle) == ("mirror",)
    assert holders(projector, views, TWO.bundle) == ("main",)
    with views.snapshot() as connection:
        assert copies.alone(connection, "main", ["mirror"]) == 1


def test_a_failure_is_shown_until_something_arrives(published: Story, projector: Projector, views: Views):
    published.happened("copies/mirror", e.CopiesDelayed(failures=2, error="away", retry_at_us=99))
    projector.make_ready()
    with views.snapshot() as connection:
        row = copies.standing(connection, "mirror")
    assert (row.failures, row.error, row.retry_at_us) == (2, "away", 99)
    received(published, ONE.bundle)
    projector.make_ready()
    with views.snapshot() as connection:
        assert copies.standing(connection, "mirror").error == ""


def test_receipts_of_the_time_before_the_core_read_back_count(published: Story, projector: Projector, views: Views):
    old = b'{"attempt":1,"storage":"mirror","objects":[],"address":""}'
    upcast = e.decode("bundle.stored", 1, old)
    assert isinstance(upcast, e.BundleStored)
    assert upcast.verified == "storage"
