"""What monitoring sees of the read models: how far they are, and what they go on without."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from prometheus_client import CollectorRegistry

from aslo_core.events import CopyRefused, SourceDelayed, SourceReconciled
from aslo_core.projections import PROJECTIONS, Views
from aslo_core.release.pressure import Pause, Reason
from aslo_core.testing import values
from aslo_core.testing.site import Site
from aslo_core.testing.story import Made
from aslo_core.web.metrics import LeftBehindMetrics, ProjectionMetrics, StorageMetrics
from aslo_core.web.queue_metrics import QueueMetrics
from aslo_core.web.source_metrics import SourceMetrics

NAMES = [projection.name for projection in PROJECTIONS]


def sampled(views: Views, head: int) -> dict[str, dict[str, float]]:
    registry = CollectorRegistry()
    registry.register(ProjectionMetrics(views, lambda: head))
    return {
        metric.name: {sample.labels["projection"]: sample.value for sample in metric.samples} for metric in registry.collect()
    }


def park(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "views.db")) as connection, connection:
        connection.execute("INSERT INTO parked VALUES ('catalogue', 0, 'id', 'version.published', 'activity/x', 'a fault', 1)")


def test_positions_and_lag(site: Site) -> None:
    site.story.announced(values.announcement())
    site.projector.catch_up()
    found = sampled(site.services.views, 11)
    assert found["aslo_projection_position"] == dict.fromkeys(NAMES, 1)
    assert found["aslo_projection_lag_events"] == dict.fromkeys(NAMES, 10)
    assert found["aslo_projection_parked_events"] == dict.fromkeys(NAMES, 0)


def test_parked_events_are_counted_and_told_by_readyz(site: Site, tmp_path: Path) -> None:
    assert site.get("/readyz").get_json()["parked"] == {}
    park(tmp_path)
    assert sampled(site.services.views, 0)["aslo_projection_parked_events"] == dict.fromkeys(NAMES, 0) | {"catalogue": 1}
    ready = site.client.get("/readyz")
    assert (ready.status_code, ready.get_json()["parked"]) == (200, {"catalogue": 1})
    assert "could not be applied" in ready.get_json()["detail"]


def test_read_models_that_cannot_be_read_have_no_metrics(tmp_path: Path) -> None:
    with closing(Views(tmp_path / "none.db")) as views:
        assert sampled(views, 1) == {}


def test_what_a_storage_lacks_is_counted(site: Site) -> None:
    site.story.storages = ("first",)
    site.story.published(values.announcement(), Made())
    site.story.happened("copies/second", CopyRefused(blob=values.blob(), error="other bytes there"))
    site.projector.catch_up()
    registry = CollectorRegistry()
    registry.register(StorageMetrics(site.services.views, site.services.storages))
    found = {
        (sample.name, sample.labels["storage"]): sample.value for metric in registry.collect() for sample in metric.samples
    }
    assert found["aslo_storage_receipts", "first"] == found["aslo_storage_receipts_missing", "second"] == 1
    assert found["aslo_storage_parked_objects", "second"] == 1
    assert found["aslo_storage_receipts_missing", "first"] == found["aslo_storage_parked_objects", "first"] == 0


def test_steps_that_were_left_behind_are_counted() -> None:
    registry = CollectorRegistry()
    registry.register(LeftBehindMetrics(lambda: {"store:main": 2}))
    assert registry.get_sample_value("aslo_steps_left_behind", {"step": "store:main"}) == 2


def test_what_waits_is_counted_by_urgency_and_why_nothing_is_begun_by_reason(site: Site) -> None:
    for number, trigger in (("1", "published"), ("2", "edited"), ("3", "retry"), ("4", "published")):
        site.story.announced(values.announcement(number), trigger)
    site.story.claimed(values.announcement("4"), "fetch")
    site.projector.catch_up()
    registry = CollectorRegistry()
    full = Pause(reasons=(Reason(kind="disk", about="", words="1 MiB is free"),))
    registry.register(QueueMetrics(site.services.views, lambda: full, site.services.clock))
    assert registry.get_sample_value("aslo_queue_releases", {"urgency": "normal"}) == 2
    assert registry.get_sample_value("aslo_queue_releases", {"urgency": "operator"}) == 1
    assert registry.get_sample_value("aslo_queue_owners") == 1
    assert registry.get_sample_value("aslo_releases_at_work") == 1
    assert registry.get_sample_value("aslo_builds_paused", {"reason": "the disk is nearly full"}) == 1
    assert registry.get_sample_value("aslo_builds_paused", {"reason": "a required storage fails"}) == 0


def test_when_a_source_was_asked_last_is_told_of_enabled_ones(site: Site) -> None:
    for name in ("github", "gone"):
        site.story.happened(f"source/{name}", SourceReconciled(since_us=0, until_us=1_800_000_000_500_000, found=0))
        site.story.happened(f"source/{name}", SourceDelayed(failures=2, error="502", retry_at_us=1))
    site.projector.catch_up()
    registry = CollectorRegistry()
    registry.register(SourceMetrics(site.services.views, lambda: {"github"}))
    found = {(sample.name, sample.labels["source"]): sample.value for metric in registry.collect() for sample in metric.samples}
    assert found == {
        ("aslo_source_reconciled_timestamp_seconds", "github"): 1_800_000_000.5,
        ("aslo_source_reconciliation_failures", "github"): 2,
    }
