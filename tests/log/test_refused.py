"""What the database itself refuses, though none of it should ever come to that, fails alone."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from msgspec.structs import replace

from aslo_core.errors import Permanent
from aslo_core.events import Cause, DeliveryIgnored, Event
from aslo_core.log import Appended, Entry, EventLog, Where
from aslo_core.log.attempt import attempt
from aslo_core.log.draft import Draft, draft_append
from aslo_core.log.opening import database_at

CAUSE = Cause(source="test", actor="test")


def entry(stream: str) -> Entry:
    return Entry(stream, DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=0))


class FarTooNew(Event):
    event_name = "test.far-too-new"
    event_version = 2**63


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda good: {"id": good.events[0].id}, id="an id that is there"),
        pytest.param(lambda _: {"event": FarTooNew()}, id="a number beyond the database's integers"),
    ],
)
def test_one_of_a_batch_leaves_the_others_alone_and_nothing_behind(
    where: Where, change: Callable[[Draft], dict[str, Any]]
) -> None:
    """The second of its events fails when the first one is inserted already."""
    good, bad, after = (draft_append([entry("release/a"), entry("release/a")], CAUSE, {}, "") for _ in range(3))
    bad = replace(bad, events=(bad.events[0], replace(bad.events[1], **change(good))))
    with closing(database_at(where)) as database:
        outcomes = attempt(database, [good, bad, after])
    refusal = outcomes[1]
    assert isinstance(refusal, Permanent)
    assert refusal.rule == "log.refused"
    assert [type(outcome) for outcome in outcomes[::2]] == [Appended, Appended]
    with EventLog.open(where) as log:
        assert [(event.position, event.version) for event in log.read_all()] == [(0, 1), (1, 2), (2, 3), (3, 4)]
