"""What the gauge finds, and what it says when builds pause and go on."""

from __future__ import annotations

from pathlib import Path

from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.jobs.gauge import Gauge
from aslo_core.projections import Projector, Views
from aslo_core.receipts import Backend, Backends
from aslo_core.release.pressure import Pause
from aslo_core.testing import values
from aslo_core.testing.shelf import Shelf
from aslo_core.testing.small_disk import SmallDisk
from aslo_core.testing.story import Made, Story

MIB = 1 << 20
STORAGES = Backends({"main": Backend("main", Shelf()), "mirror": Backend("mirror", Shelf(), required=False)})


def said(logs: list[EventDict]) -> list[str]:
    return [entry["event"] for entry in logs if entry["event"].startswith("builds.")]


def test_it_says_once_that_builds_pause_and_once_that_they_go_on(disk: SmallDisk, views: Views, logs: list[EventDict]) -> None:
    gauge = Gauge(disk.folder, 4 * MIB, lambda: "", lambda: "", views.snapshot, lambda: STORAGES, dict)
    with disk.full(2 * MIB):
        gauge.look()
        gauge.look()
        assert [reason.kind for reason in gauge.pause.reasons] == ["disk"]
        assert said(logs) == ["builds.paused"]
    gauge.look()
    assert not gauge.pause.reasons
    assert said(logs) == ["builds.paused", "builds.resumed"]


def test_why_the_log_cannot_be_written_is_told_to_operators_alone(tmp_path: Path, views: Views, logs: list[EventDict]) -> None:
    gauge = Gauge(tmp_path, 0, lambda: "db.internal does not answer", lambda: "", views.snapshot, lambda: STORAGES, dict)
    gauge.look()
    assert "db.internal" not in str(gauge.pause.words)
    assert [entry["log_error"] for entry in logs if entry["event"] == "builds.paused"] == ["db.internal does not answer"]


def test_a_broker_that_does_not_answer_is_told_and_holds_nothing_back(
    tmp_path: Path, views: Views, logs: list[EventDict]
) -> None:
    answers = ["10.0.0.7 refused", ""]
    gauge = Gauge(tmp_path, 0, lambda: "", lambda: answers.pop(0), views.snapshot, lambda: STORAGES, dict)
    gauge.look()
    assert [reason.kind for reason in gauge.pause.reasons] == ["broker"]
    assert "the broker of [broker] does not answer" in gauge.pause.words[0]
    assert "10.0.0.7" not in gauge.pause.words[0]
    assert gauge.pause.held == frozenset()
    assert [entry["broker_error"] for entry in logs if entry["event"] == "builds.paused"] == ["10.0.0.7 refused"]
    gauge.look()
    assert gauge.pause == Pause()


def fail(story: Story, storage: str) -> None:
    """Two releases cannot be stored there."""
    for number in ("1", "2"):
        release = values.announcement(number)
        story.announced(release)
        step = f"store:{storage}"
        attempt = story.claimed(release, step)
        story.happened(
            release.stream, e.StepFailed(attempt=attempt, step=step, kind="transient", error="no route", retry_at_us=0)
        )


def test_a_storage_that_fails_two_releases_pauses_builds_until_it_keeps_one(
    tmp_path: Path, story: Story, projector: Projector, views: Views
) -> None:
    gauge = Gauge(tmp_path, 0, lambda: "", lambda: "", views.snapshot, lambda: STORAGES, dict)
    fail(story, "main")
    projector.catch_up()
    gauge.look()
    assert [(reason.kind, reason.about) for reason in gauge.pause.reasons] == [("storage", "main")]
    story.published(values.announcement("3"), Made())
    projector.catch_up()
    gauge.look()
    assert not gauge.pause.reasons


def test_a_storage_that_is_not_required_any_more_holds_up_its_old_runs_alone(
    tmp_path: Path, story: Story, projector: Projector, views: Views
) -> None:
    gauge = Gauge(tmp_path, 0, lambda: "", lambda: "", views.snapshot, lambda: STORAGES, dict)
    fail(story, "mirror")
    projector.catch_up()
    gauge.look()
    assert not gauge.pause.reasons
