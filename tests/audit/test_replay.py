"""A replay says of every read model whether it is what the log says, and else shows where not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aslo_core import events as e
from aslo_core.audit.differences import SHOWN
from aslo_core.audit.replay import replay
from aslo_core.audit.replayed import Replayed
from aslo_core.audit.until import position_until
from aslo_core.errors import AsloError, Transient
from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projection, ProjectionFailed, Projector, Views, deliveries
from aslo_core.projections.rows import Rows
from aslo_core.testing import values
from aslo_core.testing.story import CAUSE, Made, Story

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = [projection.name for projection in PROJECTIONS]


class Audited:
    """A log with three published releases, and the read models in use."""

    def __init__(self, folder: Path, log: EventLog) -> None:
        self.folder = folder
        self.log = log
        self.story = Story(log)
        self.story.happened("source/github", e.SourceReconciled(since_us=0, until_us=1, found=0))
        for number in range(3):
            made = Made(metadata=values.metadata(f"org.example.A{number}"), bundle=values.blob(str(number)))
            self.story.published(values.announcement(str(number), f"v{number}"), made)
        self.project()

    def project(self, projections: tuple[Projection, ...] = PROJECTIONS) -> None:
        with closing(Projector(self.folder / "views.db", self.log, projections)) as projector:
            projector.make_ready()

    def rebuild(self) -> None:
        with closing(Projector(self.folder / "views.db", self.log, PROJECTIONS)) as projector:
            projector.catch_up()

    def replay(self, until: int | None = None, projections: tuple[Projection, ...] = PROJECTIONS) -> Replayed:
        with closing(Views(self.folder / "views.db")) as views:
            return replay(self.log, views, projections, self.folder, until=until)

    def alter(self, statement: str) -> None:
        with closing(sqlite3.connect(self.folder / "views.db")) as connection, connection:
            connection.execute(statement)


@pytest.fixture
def audited(log: EventLog, tmp_path: Path) -> Audited:
    return Audited(tmp_path, log)


def verdicts(found: Replayed) -> list[str]:
    return [one.verdict for one in found.projections]


def test_read_models_that_were_kept_are_those_of_the_log(audited: Audited):
    found = audited.replay()
    assert [one.name for one in found.projections] == NAMES
    assert verdicts(found) == ["same"] * len(NAMES)
    assert (found.position, found.events, found.not_compared, found.ok) == (
        audited.log.head(),
        audited.log.head() + 1,
        "",
        True,
    )
    assert all(one.rows > 0 for one in found.projections)


def test_nothing_is_left_beside_and_nothing_in_use_is_touched(audited: Audited):
    before = {path.name: path.read_bytes() for path in audited.folder.glob("views.db")}
    audited.replay()
    assert {path.name: path.read_bytes() for path in audited.folder.glob("views.db")} == before
    assert not list(audited.folder.glob("replay-*"))


def test_a_row_that_was_altered_is_shown_with_its_columns(audited: Audited):
    audited.alter("UPDATE activity_version SET tag = 'v9' WHERE bundle_id = 'org.example.A1'")
    found = audited.replay()
    assert dict(zip(NAMES, verdicts(found), strict=True)) == dict.fromkeys(NAMES, "same") | {"catalogue": "different"}
    assert not found.ok
    (table,) = found.projections[NAMES.index("catalogue")].tables
    assert (table.table, table.rows) == ("activity_version", 1)
    (row,) = table.first
    assert (row.key, row.how) == (("org.example.A1", "1"), "changed")
    assert [(one.column, one.in_use, one.replayed) for one in row.columns] == [("tag", "v9", "v1")]


def test_rows_that_were_removed_and_put_in_are_shown(audited: Audited):
    audited.alter("DELETE FROM delivery WHERE id = '0-1'")
    audited.alter(
        "INSERT INTO delivery SELECT source, 'zz', position, received_us, decision, trigger, reason, release, repository, tag,"
        " body_digest, body_size, reconciled FROM delivery WHERE id = '1-1'"
    )
    (table,) = audited.replay().projections[NAMES.index("deliveries")].tables
    assert [(row.key, row.how) for row in table.first] == [(("github", "0-1"), "missing"), (("github", "zz"), "surplus")]


def test_many_differing_rows_are_counted_and_the_first_are_shown(audited: Audited):
    audited.alter("UPDATE release_event SET sentence = 'x'")
    (table,) = audited.replay().projections[NAMES.index("releases")].tables
    assert table.rows > len(table.first) == SHOWN


def test_an_earlier_position_has_nothing_to_compare_with(audited: Audited):
    found = audited.replay(until=4)
    assert (found.position, found.events) == (4, 5)
    assert verdicts(found) == ["not compared"] * len(NAMES)
    assert f"stand at position {audited.log.head()}" in found.not_compared
    assert found.ok
    assert [one.digest for one in audited.replay(until=4).projections] == [one.digest for one in found.projections]


def test_up_to_the_position_of_those_in_use_it_is_compared(audited: Audited):
    assert verdicts(audited.replay(until=audited.log.head())) == ["same"] * len(NAMES)


def test_it_stops_where_those_in_use_stand(audited: Audited):
    stand = audited.log.head()
    audited.story.announced(values.announcement("later"))
    found = audited.replay()
    assert (found.position, verdicts(found)) == (stand, ["same"] * len(NAMES))


def test_without_read_models_digests_are_told(audited: Audited):
    (audited.folder / "views.db").unlink()
    found = audited.replay()
    assert (found.position, found.ok) == (audited.log.head(), True)
    assert "cannot be read" in found.not_compared
    assert not (audited.folder / "views.db").exists()


def test_read_models_of_another_version_are_not_compared(audited: Audited):
    newer = tuple(replace(one, version=99) if one.name == "catalogue" else one for one in PROJECTIONS)
    assert "another version of ASLO made them (catalogue)" in audited.replay(projections=newer).not_compared


def test_an_erasure_that_has_not_come_through_explains_differences_and_then_there_are_none(audited: Audited):
    published = next(one for one in audited.log.read_all() if isinstance(one.event, e.VersionPublished))
    audited.log.erase(published.id, "asked for", CAUSE)
    audited.project()
    found = audited.replay()
    assert "different" in verdicts(found)
    assert f"a body was erased at position {audited.log.head()}" in found.hint
    audited.rebuild()
    found = audited.replay()
    assert (verdicts(found), found.hint) == (["same"] * len(NAMES), "")


def failing(rows: Rows, recorded: e.Recorded) -> None:
    deliveries.apply(rows, recorded)
    if recorded.stream == "delivery/github/bad":
        raise ValueError("a fault")


def test_what_is_parked_is_told_and_is_not_well(audited: Audited):
    poisoned = (replace(deliveries.PROJECTION, apply=failing), *PROJECTIONS[1:])
    ignored = e.DeliveryIgnored(trigger="push", reason="no release", body_digest="", body_size=1)
    (bad,) = audited.story.happened("delivery/github/bad", ignored)
    with pytest.raises(ProjectionFailed, match="deliveries could not apply"):
        audited.replay(until=bad.position, projections=poisoned)
    audited.project(poisoned)
    found = audited.replay(projections=poisoned)
    assert (verdicts(found), found.ok) == (["same"] * len(NAMES), False)
    assert found.projections[0].parked == (bad.position,)


def test_an_unknown_type_of_event_ends_it(audited: Audited, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(e.EVENT_TYPES._decoders, ("version.published", e.VersionPublished.event_version))
    with pytest.raises(e.UnreadableEvent, match=r"version\.published"):
        audited.replay()


def test_a_time_names_the_last_event_recorded_by_then(audited: Audited):
    times = [recorded.recorded_us for recorded in audited.log.read_all()]
    for us in times:
        last = max(position for position, other in enumerate(times) if other <= us)
        assert position_until(audited.log, (EPOCH + timedelta(microseconds=us)).isoformat()) == last
    assert position_until(audited.log, "1970-01-01") == -1
    assert position_until(audited.log, "2999-01-01") == audited.log.head()


def test_a_position_beyond_the_log_is_its_head(audited: Audited):
    assert position_until(audited.log, "2") == 2
    assert position_until(audited.log, "999999") == audited.log.head()


@pytest.mark.parametrize("named", ["yesterday", "", "-1", "1.5", "2026-13-01"])
def test_what_is_neither_position_nor_time_is_refused(audited: Audited, named: str):
    with pytest.raises(AsloError, match="is neither a position in the log nor a time"):
        position_until(audited.log, named)


def test_where_a_replay_cannot_write_that_is_said(audited: Audited, tmp_path: Path) -> None:
    absent, too_deep = tmp_path / "absent", tmp_path / ("x" * 250) / ("y" * 250)
    too_deep.mkdir(parents=True)  # the system takes paths of this length, and SQLite does not
    with closing(Views(audited.folder / "views.db")) as views:
        for folder, found in ((absent, "No such file or directory"), (too_deep, "unable to open database file")):
            with pytest.raises(Transient, match=f"in {folder} .{found}.: see that there is room"):
                replay(audited.log, views, PROJECTIONS, folder)
