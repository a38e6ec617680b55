"""A rebuild goes on beside the read models in use, which can be read until the new ones take their place, whatever happens."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine

from aslo_core import events as e
from aslo_core.projections import PROJECTIONS, Projection, ProjectionFailed, Projector, Views, catalogue, digest, releases
from aslo_core.projections.rebuild import Rebuild, begin_rebuild
from aslo_core.projections.rows import Rows
from aslo_core.projections.switch import place_beside
from aslo_core.testing import values
from aslo_core.testing.story import CAUSE, Made, Story

SECRET = "Lovelace of Ockham Park"


def digests(path: Path) -> dict[str, str]:
    with closing(Views(path)) as views, views.snapshot() as connection:
        return {projection.name: digest(connection, projection) for projection in PROJECTIONS}


def names(views: Views) -> list[str]:
    with views.snapshot() as connection:
        return [row.name for row in releases.newest(connection, 100)]


def spoil(path: Path) -> None:
    """Make rows that no log would give, so that one can see which generation is read."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE release SET name = 'spoilt'")


@pytest.fixture
def told(story: Story, projector: Projector) -> Story:
    """Three published releases, shown by the read models."""
    for number in range(3):
        made = Made(metadata=values.metadata(f"org.example.A{number}"), bundle=values.blob(str(number)))
        story.published(values.announcement(str(number), f"v{number}"), made)
    projector.catch_up()
    return story


@pytest.fixture
def rebuild(told: Story, tmp_path: Path) -> Iterator[Rebuild]:
    begun = begin_rebuild(tmp_path / "views.db", told.log, lambda: PROJECTIONS, wait=True)
    assert begun is not None
    with closing(begun):
        yield begun


def test_two_rebuilds_are_identical(told: Story, projector: Projector, tmp_path: Path):
    before = digests(tmp_path / "views.db")
    found = []
    for _ in range(2):
        spoil(tmp_path / "views.db")
        assert digests(tmp_path / "views.db") != before
        assert projector.rebuild() == told.log.head()
        found.append(digests(tmp_path / "views.db"))
    assert found == [before, before]


def test_what_is_in_use_is_read_and_kept_up_until_the_switch(
    told: Story, projector: Projector, views: Views, rebuild: Rebuild, tmp_path: Path
):
    spoil(tmp_path / "views.db")
    rebuild.step()
    assert not rebuild.done
    assert names(views) == ["spoilt"] * 3
    told.announced(values.announcement("later"))
    projector.make_ready()
    assert len(names(views)) == 4
    while not rebuild.done:
        rebuild.step()
    assert names(views) == ["", "Maze", "Maze", "Maze"]
    assert views.position() == told.log.head()


def test_a_snapshot_stands_through_the_switch(told: Story, projector: Projector, views: Views, tmp_path: Path):
    spoil(tmp_path / "views.db")
    with views.snapshot() as connection:
        before = [row.name for row in releases.newest(connection, 10)]
        projector.rebuild()
        assert [row.name for row in releases.newest(connection, 10)] == before == ["spoilt"] * 3
        assert catalogue.count(connection) == 3
    assert names(views) == ["Maze"] * 3


def test_what_is_appended_last_is_not_lost_by_the_switch(told: Story, rebuild: Rebuild, projector: Projector, views: Views):
    """The read models in use may be ahead of what is being built; a switch never takes them back."""
    rebuild.step()
    for number in range(4):
        told.announced(values.announcement(f"late-{number}"))
    reached = projector.make_ready()
    rebuild._switch()
    assert views.position() == reached == told.log.head()


def test_an_erased_body_vanishes_with_the_next_rebuild_and_from_the_disk(
    story: Story, projector: Projector, views: Views, tmp_path: Path
):
    _, published = story.published(values.announcement("1", "v1", title=SECRET), Made())
    story.announced(values.announcement("2"))
    projector.catch_up()
    assert holds(tmp_path, SECRET)
    announced = next(one for one in story.log.read_all() if isinstance(one.event, e.ReleaseAnnounced))
    for erased in (announced, published):
        story.log.erase(erased.id, "asked for", CAUSE)
    projector.make_ready()
    assert len(names(views)) == 2, "the rows are there until the rebuild is done"
    projector.catch_up()
    assert len(names(views)) == 1
    assert not holds(tmp_path, SECRET)


def holds(folder: Path, text: str) -> list[str]:
    return [path.name for path in folder.glob("views.db*") if text.encode() in path.read_bytes()]


def test_a_rebuild_that_is_due_is_not_forgotten_by_a_process_that_ends(story: Story, tmp_path: Path):
    _, published = story.published(values.announcement("1"), Made())
    path = tmp_path / "views.db"
    with closing(Projector(path, story.log, PROJECTIONS)) as projector:
        projector.catch_up()
        story.log.erase(published.id, "asked for", CAUSE)
        projector.make_ready()
    with closing(Projector(path, story.log, PROJECTIONS)) as projector, closing(Views(path)) as views:
        projector.catch_up()
        with views.snapshot() as connection:
            assert catalogue.count(connection) == 0


def test_an_event_that_cannot_be_applied_ends_a_rebuild_and_changes_nothing(told: Story, tmp_path: Path):
    def apply(rows: Rows, recorded: e.Recorded) -> None:
        if recorded.stream.startswith("activity/"):
            raise ValueError("a fault")

    path = tmp_path / "views.db"
    before = digests(path)
    newer = replace(catalogue.PROJECTION, version=99, apply=apply)
    with closing(Projector(path, told.log, (newer,))) as projector:
        with pytest.raises(ProjectionFailed, match=r"catalogue could not apply version\.published at position \d+"):
            projector.make_ready()
        assert digests(path) == before
        assert not place_beside(path).exists()


def test_an_unknown_type_of_event_ends_a_rebuild(told: Story, projector: Projector, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(e.EVENT_TYPES._decoders, ("version.published", e.VersionPublished.event_version))
    with pytest.raises(e.UnreadableEvent, match=r"version\.published"):
        projector.rebuild()


def test_tables_that_were_switched_to_have_the_indexes_and_constraints_that_were_defined(told: Story, tmp_path: Path):
    defined = create_engine("sqlite://")
    for projection in PROJECTIONS:
        projection.tables.create_all(defined)
    with defined.connect() as made, closing(sqlite3.connect(tmp_path / "views.db")) as switched:
        parts = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name NOT IN ('progress', 'parked')"
        assert {*switched.execute(parts)} == {tuple(row) for row in made.exec_driver_sql(parts)}
    defined.dispose()


def test_tables_of_an_earlier_version_do_not_stay(told: Story, tmp_path: Path):
    tables = MetaData()
    Table("formerly", tables, Column("name", String, primary_key=True))
    earlier = Projection("catalogue", 98, tables, frozenset(), lambda rows, recorded: None)
    path = tmp_path / "views.db"
    for projection, there in ((earlier, {"formerly"}), (catalogue.PROJECTION, {"activity"})):
        with closing(Projector(path, told.log, (projection,))) as projector:
            projector.catch_up()
        with closing(sqlite3.connect(path)) as connection:
            found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert found & {"formerly", "activity"} == there


def test_what_a_program_with_other_bookkeeping_left_is_made_anew(told: Story, tmp_path: Path):
    path = tmp_path / "views.db"
    before = digests(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE progress")
        connection.execute("CREATE TABLE progress (name TEXT PRIMARY KEY, position INTEGER)")
    with closing(Projector(path, told.log, PROJECTIONS)) as projector:
        projector.make_ready()
    assert digests(path) == before


def test_nobody_builds_beside_somebody_who_builds(told: Story, rebuild: Rebuild, tmp_path: Path):
    assert begin_rebuild(tmp_path / "views.db", told.log, lambda: PROJECTIONS, wait=False) is None


def test_a_program_of_another_version_ends_instead_of_mixing_rows(told: Story, projector: Projector, tmp_path: Path):
    newer = replace(releases.PROJECTION, version=99)
    with closing(Projector(tmp_path / "views.db", told.log, (newer,))) as other:
        other.make_ready()
    told.announced(values.announcement("later"))
    with pytest.raises(ProjectionFailed, match="another version of ASLO is running"):
        projector.make_ready()


KILLED = """
import os, signal, sys
from pathlib import Path
from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projector, build, rebuild, switch

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def after(count, function):
    calls = iter(range(count))
    return lambda *arguments: function(*arguments) if next(calls, None) is not None else die()

log_path, views, when = sys.argv[1:]
match when:
    case "while applying":
        build.apply_batch = after(2, build.apply_batch)
    case "before the switch":
        rebuild.switch = die
    case "while switching":
        switch._copy = after(3, switch._copy)
    case "after the switch":
        rebuild.Rebuild.close = die
with EventLog.open(Path(log_path)) as log:
    Projector(Path(views), log, PROJECTIONS).rebuild()
"""


@pytest.mark.parametrize("when", ["while applying", "before the switch", "while switching", "after the switch"])
def test_a_rebuild_that_is_killed_leaves_read_models_to_use(told: Story, log_path: Path, tmp_path: Path, when: str):
    path = tmp_path / "views.db"
    right = digests(path)
    spoil(path)
    spoilt = digests(path)
    environment = {"PYTHONPATH": ":".join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", KILLED, log_path, path, when], env=environment, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert place_beside(path).exists()
    assert digests(path) == (right if when == "after the switch" else spoilt)
    told.announced(values.announcement("later"))
    with closing(Projector(path, told.log, PROJECTIONS)) as projector:
        assert projector.make_ready() == told.log.head()
        assert not place_beside(path).exists()
        projector.rebuild()
    with closing(Projector(tmp_path / "fresh.db", told.log, PROJECTIONS)) as projector:
        projector.make_ready()
    assert digests(path) == digests(tmp_path / "fresh.db")
