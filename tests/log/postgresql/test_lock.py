"""What the write lock is for: without it, the suite's race goes wrong."""

from collections.abc import Callable

import sqlalchemy as sa

from aslo_core.log import EventLog
from tests.log.postgresql.conftest import Connection
from tests.log.racing import race

WITHOUT_LOCK = "CREATE OR REPLACE FUNCTION await_turn() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'"


def test_without_the_lock_writers_are_refused(superuser: Connection, open_log: Callable[[], EventLog], where: sa.URL) -> None:
    """Two take the same position; the tables' constraints, the next line of defence, let one of them pass."""
    readers = open_log(), open_log()
    superuser.execute(WITHOUT_LOCK)
    assert race(where, *readers).refused > 0


def test_with_positions_of_a_sequence_readers_miss_events(
    superuser: Connection, open_log: Callable[[], EventLog], where: sa.URL
) -> None:
    """As one would write it at first: a position is taken in the order in which appends begin, not in which they end."""
    readers = open_log(), open_log()
    superuser.execute(WITHOUT_LOCK)
    superuser.execute("ALTER TABLE events DROP CONSTRAINT events_stream_version; CREATE INDEX ON events (stream, version)")
    superuser.execute("CREATE SEQUENCE places INCREMENT 10; ALTER SEQUENCE places OWNER TO aslo_log_owner")
    (append,) = superuser.execute("SELECT pg_get_functiondef('append'::regproc)").fetchall()[0]
    superuser.execute(append.replace("newest := coalesce(newest, -1);", "newest := nextval('places');"))
    found = race(where, *readers)
    assert {event_id for _, event_id in found.log} == found.committed
    assert {event_id for _, event_id in found.scanned} < found.committed
