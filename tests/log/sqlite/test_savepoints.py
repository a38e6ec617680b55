"""Each append of a batch has a savepoint of its own."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from aslo_core.errors import Permanent
from aslo_core.events import Cause, DeliveryIgnored, Event
from aslo_core.log import Appended, Entry, EventLog
from aslo_core.log.draft import draft_append
from aslo_core.log.sqlite import SqliteDatabase

CAUSE = Cause(source="test", actor="test")


def entry(stream: str) -> Entry:
    return Entry(stream, DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=0))


class FarTooNew(Event):
    event_name = "test.far-too-new"
    event_version = 2**63


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"id": "0191e0c4-7c00-7000-8000-000000000001"}, Permanent, id="refused by a guard: an id that is there"),
        pytest.param({"event": FarTooNew()}, OverflowError, id="refused by the driver: a number beyond its integers"),
    ],
)
def test_one_that_fails_half_way_leaves_nothing_behind(log_path: Path, change: dict[str, Any], error: type[Exception]) -> None:
    """The second of its events fails when the first one is inserted already."""
    good, bad, after = (draft_append([entry("release/a"), entry("release/a")], CAUSE, {}, "") for _ in range(3))
    good = replace(good, events=(replace(good.events[0], id="0191e0c4-7c00-7000-8000-000000000001"), good.events[1]))
    bad = replace(bad, events=(bad.events[0], replace(bad.events[1], **change)))
    with closing(SqliteDatabase(log_path)) as database:
        outcomes = database.append([good, bad, after])
    assert [type(outcome) for outcome in outcomes] == [Appended, error, Appended]
    with EventLog.open(log_path) as log:
        assert [(event.position, event.version) for event in log.read_all()] == [(0, 1), (1, 2), (2, 3), (3, 4)]
