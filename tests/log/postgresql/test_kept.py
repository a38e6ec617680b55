"""The connection that appends are written over is kept for the next append, as long as it is of use."""

from contextlib import closing

import pytest
import sqlalchemy as sa

from aslo_core.log import LogUnavailable
from aslo_core.log.draft import Draft, draft_append
from aslo_core.log.opening import database_at
from tests.log.postgresql.conftest import CAUSE, Connection, entry


def appending(superuser: Connection) -> list[int]:
    """Sessions of the program's whose last statement was an append."""
    found = superuser.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'aslo' AND query LIKE '%append(%'")
    return [pid for (pid,) in found.fetchall()]


def drafts() -> list[Draft]:
    return [draft_append([entry()], CAUSE, {}, "")]


def test_it_serves_one_append_after_the_other_and_is_closed_with_the_log(superuser: Connection, where: sa.URL) -> None:
    with closing(database_at(where)) as database:
        seen = []
        for _ in range(3):
            database.append(drafts())
            seen.append(appending(superuser))
        assert len(seen[0]) == 1
        assert seen == [seen[0]] * 3
    while appending(superuser):
        pass


def test_it_is_replaced_once_the_server_has_ended_it(superuser: Connection, where: sa.URL) -> None:
    with closing(database_at(where)) as database:
        database.append(drafts())
        (ended,) = appending(superuser)
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
        database.append(drafts())
        (other,) = appending(superuser)
        assert other != ended


def test_it_outlives_an_append_that_the_server_refuses(superuser: Connection, where: sa.URL) -> None:
    with closing(database_at(where, patience=0.05)) as database:
        database.append(drafts())
        before = appending(superuser)
        with superuser.transaction():
            superuser.execute("SELECT await_turn()")
            with pytest.raises(LogUnavailable, match="has held the write lock for too long"):
                database.append(drafts())
        database.append(drafts())
        assert appending(superuser) == before
