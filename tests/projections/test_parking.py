"""An event that a projection cannot apply is left out, visibly, while the log is followed; the rest goes on."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from aslo_core import events as e
from aslo_core.errors import Transient
from aslo_core.projections import Projection, Projector, Views, catalogue, deliveries
from aslo_core.projections.deliveries import deliveries as delivery_table
from aslo_core.projections.projection import parked
from aslo_core.projections.rows import Rows
from aslo_core.projections.standing import parked_events
from aslo_core.testing.story import CAUSE, Story


def delivered(story: Story, name: str) -> e.Recorded:
    ignored = e.DeliveryIgnored(trigger="push", reason="no release", body_digest="", body_size=1)
    return story.happened(f"delivery/github/{name}", ignored)[0]


def poisoned(fault: Exception, version: int = 1) -> Projection:
    """A projection that fails on each delivery called `bad…`, after it has written something."""

    def apply(rows: Rows, recorded: e.Recorded) -> None:
        deliveries.apply(rows, recorded)
        if recorded.stream.startswith("delivery/github/bad"):
            rows.sql()
            raise fault

    return replace(deliveries.PROJECTION, apply=apply, version=version)


def shown(path: Path) -> list[str]:
    with closing(Views(path)) as views, views.snapshot() as connection:
        return sorted(row.id for row in deliveries.newest(connection, 100))


def counted(path: Path) -> dict[str, int]:
    with closing(Views(path)) as views, views.snapshot() as connection:
        return parked_events(connection)


FAULTS = [ValueError("a fault"), KeyError("a fault"), IntegrityError("insert", None, Exception("a fault"))]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_it_is_parked_without_a_trace_and_the_next_ones_are_applied(story: Story, tmp_path: Path, fault: Exception, batch: int):
    path = tmp_path / "views.db"
    projections = (poisoned(fault), catalogue.PROJECTION)
    with closing(Projector(path, story.log, projections, batch=batch)) as projector:
        projector.catch_up()
        _, bad, after = (delivered(story, name) for name in ("a", "bad", "z"))
        with structlog.testing.capture_logs() as said:
            assert projector.catch_up() == after.position
    assert shown(path) == ["a", "z"]
    assert counted(path) == {"deliveries": 1}
    with closing(Views(path)) as views, views.snapshot() as connection:
        row = connection.execute(select(parked)).one()
    assert (row.projection, row.position, row.event, row.type) == ("deliveries", bad.position, bad.id, "delivery.ignored")
    assert "a fault" in row.error
    assert [(one["log_level"], one["position"]) for one in said if one["event"] == "projection.event_parked"] == [
        ("error", bad.position)
    ]


def test_a_row_that_the_database_refuses_parks_its_event(story: Story, tmp_path: Path):
    def apply(rows: Rows, recorded: e.Recorded) -> None:
        deliveries.apply(rows, recorded)
        if recorded.stream.endswith("bad"):
            rows.change(delivery_table, ("github", "bad"), {"decision": None})

    path = tmp_path / "views.db"
    with closing(Projector(path, story.log, (replace(deliveries.PROJECTION, apply=apply),))) as projector:
        projector.catch_up()
        for name in ("a", "bad", "z"):
            delivered(story, name)
        projector.catch_up()
    assert shown(path) == ["a", "z"]
    assert counted(path) == {"deliveries": 1}


def test_a_database_that_cannot_be_used_parks_nothing(story: Story, tmp_path: Path):
    path = tmp_path / "views.db"
    full = OperationalError("insert", None, Exception("database or disk is full"))
    with closing(Projector(path, story.log, (poisoned(full),))) as projector:
        projector.catch_up()
        delivered(story, "a")
        delivered(story, "bad")
        with pytest.raises(Transient, match="disk is full"):
            projector.catch_up()
    assert (shown(path), counted(path)) == ([], {})


def test_a_rebuild_by_the_same_code_goes_without_what_is_parked_already(story: Story, tmp_path: Path):
    """Else no erasure could be carried out until the code is mended."""
    path = tmp_path / "views.db"
    with closing(Projector(path, story.log, (poisoned(ValueError("a fault")),))) as projector:
        projector.catch_up()
        first, *_ = (delivered(story, name) for name in ("a", "bad", "z"))
        projector.catch_up()
        story.log.erase(first.id, "asked for", CAUSE)
        projector.catch_up()
    assert (shown(path), counted(path)) == (["z"], {"deliveries": 1})


def test_mended_code_takes_up_what_was_parked(story: Story, tmp_path: Path):
    path = tmp_path / "views.db"
    with closing(Projector(path, story.log, (poisoned(ValueError("a fault")),))) as projector:
        projector.catch_up()
        for name in ("a", "bad", "z"):
            delivered(story, name)
        projector.catch_up()
    with closing(Projector(path, story.log, (replace(deliveries.PROJECTION, version=2),))) as projector:
        projector.make_ready()
    assert (shown(path), counted(path)) == (["a", "bad", "z"], {})
