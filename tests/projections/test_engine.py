"""Every event reaches every read model once, and a rebuild gives the same tables."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import update

from aslo_core import events as e
from aslo_core.errors import Transient
from aslo_core.log import EventLog, migrations
from aslo_core.projections import (
    PROJECTIONS,
    Projection,
    ProjectionFailed,
    Projector,
    Views,
    catalogue,
    deliveries,
    digest,
    releases,
)
from aslo_core.projections.projection import positions
from aslo_core.projections.release_tables import releases as release_table
from aslo_core.projections.rows import Rows
from aslo_core.projections.standing import unreadable
from aslo_core.projections.views import open_writer
from aslo_core.testing import values
from aslo_core.testing.story import CAUSE, Made, Story


def digests(views: Views) -> dict[str, str]:
    with views.snapshot() as connection:
        return {projection.name: digest(connection, projection) for projection in PROJECTIONS}


def rebuilt(log: EventLog, path: Path, batch: int = 1000) -> dict[str, str]:
    with closing(Projector(path, log, PROJECTIONS, batch=batch)) as projector, closing(Views(path)) as views:
        assert projector.catch_up() == log.head()
        return digests(views)


def tell(story: Story) -> None:
    first, second = values.announcement("1", "v1", notes="first"), values.announcement("2", "v2")
    story.published(first, Made())
    story.published(second, Made(metadata=values.metadata(version="2"), bundle=values.blob("second")))
    story.withdrawn(second, Made(metadata=values.metadata(version="2")), "it crashes")
    story.happened("delivery/github/x", e.DeliveryIgnored(trigger="push", reason="no release", body_digest="", body_size=1))


def test_an_empty_log_gives_empty_views(projector: Projector, views: Views) -> None:
    assert projector.catch_up() == -1
    with views.snapshot() as connection:
        assert catalogue.count(connection) == 0
        assert unreadable(connection, PROJECTIONS) == []


def test_catching_up_in_any_portions_gives_the_same_tables(story: Story, tmp_path: Path) -> None:
    tell(story)
    found = [rebuilt(story.log, tmp_path / f"views-{batch}.db", batch) for batch in (1, 3, 1000)]
    assert found[0] == found[1] == found[2]
    assert len(set(found[0].values())) == len(PROJECTIONS)


def test_a_rebuild_gives_the_same_tables_as_living_through_it(
    story: Story, projector: Projector, views: Views, tmp_path: Path
) -> None:
    story.published(values.announcement("1", "v1"), Made())
    projector.catch_up()
    tell(story)
    projector.catch_up()
    assert rebuilt(story.log, tmp_path / "again.db") == digests(views)


def test_a_digest_changes_with_a_row(story: Story, projector: Projector, views: Views, tmp_path: Path) -> None:
    tell(story)
    projector.catch_up()
    before = digests(views)
    writer = open_writer(tmp_path / "views.db")
    with writer.begin() as connection:
        connection.execute(update(release_table).values(failures=99))
    writer.dispose()
    after = digests(views)
    assert {name for name in before if before[name] != after[name]} == {"releases"}


def test_another_version_of_a_projection_is_built_anew(story: Story, projector: Projector, tmp_path: Path) -> None:
    tell(story)
    projector.catch_up()
    seen: dict[str, list[int]] = {"deliveries": [], "releases": []}

    def watched(projection: Projection, version: int) -> Projection:
        def apply(rows: Rows, recorded: e.Recorded) -> None:
            seen[projection.name].append(recorded.position)
            projection.apply(rows, recorded)

        return replace(projection, apply=apply, version=version)

    same, changed = watched(deliveries.PROJECTION, deliveries.PROJECTION.version), watched(releases.PROJECTION, 99)
    with closing(Projector(tmp_path / "views.db", story.log, (same, changed))) as again:
        again.catch_up()
    of_releases = [recorded.position for recorded in story.log.read_all() if type(recorded.event) in releases.PROJECTION.types]
    assert seen == {"deliveries": [], "releases": of_releases}


def test_an_older_log_that_was_put_back_is_read_anew(tmp_path: Path) -> None:
    """What was applied of another log is forgotten, or releases that the log accepts now would never be worked on."""
    logs = []
    for name in ("older", "newer"):
        migrations.upgrade(tmp_path / f"{name}.db")
        log = EventLog.open(tmp_path / f"{name}.db")
        story = Story(log)
        story.published(values.announcement(name, "v1"), Made())
        logs.append(log)
    older, newer = logs
    tell(Story(newer))
    with closing(Projector(tmp_path / "views.db", newer, PROJECTIONS)) as projector:
        projector.catch_up()

    with (
        closing(Projector(tmp_path / "views.db", older, PROJECTIONS)) as projector,
        closing(Views(tmp_path / "views.db")) as views,
    ):
        projector.catch_up()
        assert digests(views) == rebuilt(older, tmp_path / "fresh.db")

    for log in logs:
        log.close()


def test_nothing_of_a_failed_batch_is_kept_and_the_next_try_goes_on(story: Story, tmp_path: Path) -> None:
    tell(story)
    broken = True

    def apply(rows: Rows, recorded: e.Recorded) -> None:
        catalogue.apply(rows, recorded)
        if broken and isinstance(recorded.event, e.VersionWithdrawn):
            raise ValueError("a fault")

    path = tmp_path / "views.db"
    faulty = replace(catalogue.PROJECTION, apply=apply)
    with closing(Projector(path, story.log, (faulty,))) as projector, closing(Views(path)) as views:
        with pytest.raises(ProjectionFailed, match=r"catalogue could not apply version\.withdrawn at position \d+"):
            projector.catch_up()
        assert views.position() == -1
        broken = False
        assert projector.catch_up() == views.position() == story.log.head()


def test_two_projectors_cannot_both_move_a_projection(story: Story, tmp_path: Path) -> None:
    tell(story)

    def apply(rows: Rows, recorded: e.Recorded) -> None:
        del recorded
        rows.sql().execute(update(positions).values(position=5))

    meddled = replace(catalogue.PROJECTION, apply=apply)
    with closing(Projector(tmp_path / "views.db", story.log, (meddled,))) as projector:  # noqa: SIM117
        with pytest.raises(ProjectionFailed, match="somebody else"):
            projector.catch_up()


def test_an_unknown_type_of_event_stops_everything(story: Story, projector: Projector, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(story)
    monkeypatch.delitem(e.EVENT_TYPES._decoders, ("release.withdrawn", 1))
    with pytest.raises(e.UnreadableEvent, match=r"'release\.withdrawn' version 1 at position \d+ is unknown"):
        projector.catch_up()


def test_what_is_erased_leaves_the_tables_as_a_rebuild_would(
    story: Story, projector: Projector, views: Views, tmp_path: Path
) -> None:
    _, published = story.published(values.announcement("1", "v1", title="by Ada Lovelace"), Made())
    other = Made(metadata=values.metadata("org.example.Other"), bundle=values.blob("other"))
    story.published(values.announcement("2", "v2"), other)
    projector.catch_up()
    with views.snapshot() as connection:
        assert catalogue.find(connection, "org.example.Maze", "1")
    story.log.erase(published.id, "asked for by its author", CAUSE)
    projector.catch_up()
    with views.snapshot() as connection:
        assert catalogue.find(connection, "org.example.Maze", "1") is None
        assert catalogue.find(connection, "org.example.Other", "1")
    assert views.position() == story.log.head()
    assert rebuilt(story.log, tmp_path / "again.db") == digests(views)


def test_it_follows_the_log_until_told_to_stop(story: Story, projector: Projector, views: Views) -> None:
    stop, moved = threading.Event(), threading.Semaphore(0)
    thread = threading.Thread(target=projector.run, args=(stop, moved.release))
    thread.start()
    try:
        for number in range(3):
            story.announced(values.announcement(str(number)))
            while is_behind(views, story.log):
                assert moved.acquire(timeout=10), "the projector came to nothing"
    finally:
        stop.set()
        thread.join(timeout=10)
    assert not thread.is_alive()
    with views.snapshot() as connection:
        assert len(releases.newest(connection, 10)) == 3


def is_behind(views: Views, log: EventLog) -> bool:
    try:
        return views.position() < log.head()
    except Transient:
        return True


def test_what_follows_close_on_an_event_is_applied_together(story: Story, projector: Projector, views: Views) -> None:
    shown: list[int] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            if len(shown) == 1:
                tell(story)
            return self.is_set()

    stop = Stop()

    def caught_up() -> None:
        shown.append(views.position())
        if len(shown) > 1:
            stop.set()

    story.announced(values.announcement("0", "v0"))
    first = story.log.head()
    projector.run(stop, caught_up)
    assert shown == [first, story.log.head()]


def test_what_is_urgent_is_not_waited_for(story: Story, projector: Projector, views: Views) -> None:
    """Something comes before each look: of the first pause, and of the one that is cut short by the end."""
    numbers = count(1)

    def looks(urgent: Collection[str]) -> int:
        before, shown = next(numbers), iter((False, True))

        class Stop(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                assert timeout is not None
                number = next(numbers)
                story.announced(values.announcement(str(number), f"v{number}"))
                return self.is_set()

        stop = Stop()
        projector.run(stop, lambda: stop.set() if next(shown) else None, urgent)
        return next(numbers) - before - 1

    assert looks(("release.published", "release.announced")) == 1 + 1
    assert looks(("release.published",)) == looks(()) == 5 + 1


def test_views_that_are_not_there_yet_are_transient(tmp_path: Path) -> None:
    with closing(Views(tmp_path / "none.db")) as views, pytest.raises(Transient, match=r"views\.db"):
        views.position()


def test_readers_cannot_write(projector: Projector, views: Views) -> None:
    projector.catch_up()
    with pytest.raises(Transient, match="readonly"), views.snapshot() as connection:
        connection.execute(positions.delete())


def test_a_snapshot_stays_at_one_moment(story: Story, projector: Projector, views: Views) -> None:
    story.announced(values.announcement("1"))
    projector.catch_up()
    with views.snapshot() as connection:
        assert len(releases.newest(connection, 10)) == 1
        story.announced(values.announcement("2"))
        projector.catch_up()
        assert len(releases.newest(connection, 10)) == 1
    with views.snapshot() as connection:
        assert len(releases.newest(connection, 10)) == 2


def test_the_views_are_in_wal_mode(projector: Projector, tmp_path: Path) -> None:
    projector.catch_up()
    with closing(sqlite3.connect(tmp_path / "views.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
