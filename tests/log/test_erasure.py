"""Erasing a body: gone from the disk, recorded, and no hash of the log changes."""

from collections.abc import Callable
from contextlib import closing

import pytest

from aslo_core.errors import Permanent
from aslo_core.events import BodyErased, Cause, DeliveryIgnored
from aslo_core.log import Entry, EventLog, Where
from aslo_core.log.opening import database_at
from aslo_core.log.verify import verify

CAUSE = Cause(source="console", actor="operator")
SECRET = DeliveryIgnored(
    trigger="push", reason="written by Ana, +55 11 5555 0100, ana@example.org", body_digest="", body_size=0
)


def hashes(where: Where) -> list[tuple[bytes, bytes]]:
    with closing(database_at(where)) as database, database.read() as connection:
        rows = connection.exec_driver_sql("SELECT body_digest, leaf FROM events ORDER BY position")
        return [(digest, leaf) for digest, leaf in rows]


def test_the_body_goes_the_leaf_stays_and_an_event_says_why(log: EventLog, where: Where) -> None:
    secret, other = log.append([Entry("delivery/a", SECRET), Entry("delivery/a", SECRET)], cause=CAUSE).events
    before = hashes(where)
    log.erase(secret.id, "asked for by its author", CAUSE)
    events = list(log.read_all())
    assert [event.event for event in events] == [
        None,
        other.event,
        BodyErased(erased=secret.id, reason="asked for by its author"),
    ]
    assert events[2].stream == f"erasure/{secret.id}"
    assert hashes(where)[:2] == before
    report = verify(where)
    assert (report.events, report.erased, report.faults) == (3, 1, ())


def test_a_second_time_changes_nothing(log: EventLog, open_log: Callable[[], EventLog]) -> None:
    secret = log.append([Entry("delivery/a", SECRET)], cause=CAUSE).events[0]
    log.erase(secret.id, "asked for", CAUSE)
    open_log().erase(secret.id, "asked for again", CAUSE)
    assert log.head() == 1


def test_an_erased_event_still_answers_for_its_idempotency_key(log: EventLog) -> None:
    secret = log.append([Entry("delivery/a", SECRET)], cause=CAUSE, key="k").events[0]
    log.erase(secret.id, "asked for", CAUSE)
    again = log.append([Entry("delivery/a", SECRET)], cause=CAUSE, key="k")
    assert again.duplicate
    assert [event.event for event in again.events] == [None]


def test_what_is_not_there_cannot_be_erased(log: EventLog) -> None:
    with pytest.raises(Permanent) as error:
        log.erase("0191e0c4-7c00-7000-8000-000000000001", "asked for", CAUSE)
    assert error.value.rule == "log.no-such-event"


def test_the_record_of_an_erasure_cannot_be_erased(log: EventLog) -> None:
    secret = log.append([Entry("delivery/a", SECRET)], cause=CAUSE).events[0]
    log.erase(secret.id, "asked for", CAUSE)
    with pytest.raises(Permanent) as error:
        log.erase(next(log.read_all(0)).id, "second thoughts", CAUSE)
    assert error.value.rule == "log.erasure"


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(Entry("erasure/0191e0c4-7c00-7000-8000-000000000001", SECRET), id="its stream"),
        pytest.param(Entry("delivery/a", BodyErased(erased="x", reason="y")), id="its event"),
    ],
)
def test_an_erasure_is_recorded_by_erase_alone(log: EventLog, entry: Entry) -> None:
    with pytest.raises(Permanent) as error:
        log.append([entry], cause=CAUSE)
    assert error.value.rule == "log.erasure"
