"""A projection names exactly the types of event that it is made of: it is told of no others."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn, cast

import msgspec
import pytest

from aslo_core.events import EVENT_TYPES, Event, Recorded
from aslo_core.projections import PROJECTIONS, Projection
from aslo_core.projections.rows import Rows
from aslo_core.testing.golden_events import Golden
from aslo_core.testing.story import CAUSE

GOLDEN = Path(__file__).parent.parent / "events" / "golden"
RELEASE = "release/github/1/2"
STREAMS = {
    "deliveries": "delivery/github/1",
    "runs": RELEASE,
    "steps": RELEASE,
    "activities": "activity/org.example.A",
    "notices": f"notice/{RELEASE}",
    "copies": "copies/main",
    "storages": "storage/main",
    "sources": "source/github",
    "configurations": "config",
    "erasures": "erasure/1",
}
"""Module of a type of event → the kind of stream that it stands in."""


class Reached(Exception):
    """A projection reads or writes rows."""


class Out:
    """Rows out of reach."""

    def __getattr__(self, name: str) -> NoReturn:
        raise Reached(name)


def example(type_: type[Event]) -> Event:
    golden = msgspec.json.decode((GOLDEN / f"{type_.event_name}.v{type_.event_version}.json").read_bytes(), type=Golden)
    return EVENT_TYPES.decode(type_.event_name, type_.event_version, golden.examples[0].body.encode())


def reaches_rows(projection: Projection, event: Event) -> bool:
    recorded = Recorded(
        position=0,
        id="1",
        stream=STREAMS[type(event).__module__.rpartition(".")[2]],
        version=1,
        recorded_us=1,
        cause=CAUSE,
        key="",
        type=event.event_name,
        schema=event.event_version,
        event=event,
    )
    try:
        projection.apply(cast("Rows", Out()), recorded)
    except Reached:
        return True
    return False


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_it_names_all_types_that_bear_on_its_rows_and_no_others(projection: Projection):
    newest = [cast("type[Event]", chain[-1]) for chain in EVENT_TYPES.by_name.values()]
    bearing = {type_ for type_ in newest if reaches_rows(projection, example(type_))}
    assert bearing == projection.types
