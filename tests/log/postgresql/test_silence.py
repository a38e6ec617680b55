"""A server that takes what is sent and answers nothing: whoever waits for it is told, and what it did meanwhile counts once."""

from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa

from aslo_core.log import EventLog
from aslo_core.log.opening import database_at
from aslo_core.log.postgresql import watched
from aslo_core.log.postgresql.watched import WatchedConnection
from aslo_core.log.trial import trouble
from aslo_core.log.verify import verify
from aslo_core.testing.postgres_server import PostgresServer
from aslo_core.testing.proxy import BreakingProxy, Fault
from tests.log.postgresql.conftest import NOT_KNOWN, append, text_of, through, unavailable

SETTINGS = {"autocommit": True, "connect_timeout": 2}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "SILENCE_S", 0.2)


class TestAServerThatHangs:
    def test_is_told_to_whoever_reads_or_writes(self, own: tuple[PostgresServer, sa.URL], impatient: None) -> None:
        server, where = own
        with EventLog.open(where) as log:
            append(log, "before")
            log.head()
            with server.process.hanging():
                unavailable(log.head, "the connection failed: check that the server runs", "takes no connections")
                unavailable(lambda: append(log, "during"), NOT_KNOWN, "the connection failed")
                assert "the connection failed" in trouble(log, where)
            assert trouble(log, where) == ""
            append(log, "during")
            assert [event.key for event in log.read_all()].count("during") == 1
        assert verify(where).faults == ()

    def test_is_told_to_whoever_lends_a_snapshot(self, own: tuple[PostgresServer, sa.URL], impatient: None) -> None:
        server, where = own

        def read() -> None:
            with closing(database_at(where)) as database, database.snapshot() as connection, server.process.hanging():
                connection.execute(sa.text("SELECT 1"))

        unavailable(read, "the server has stopped to answer")


class TestASessionThatAnswersNothing:
    """While the server takes others, as after a failover to another host."""

    @pytest.mark.parametrize("part", [0.0, 0.2, 0.999])
    def test_while_it_appends_is_asked_over_another_one(self, proxy: BreakingProxy, where: sa.URL, part: float) -> None:
        with EventLog.open(through(proxy, where), patience=0.2) as log:
            append(log, "-")
            proxy.heal()
            append(log, "=")
            proxy.break_after(int(proxy.passed * part), Fault.STALL)
            assert not append(log, "k").duplicate
            assert [event.key for event in log.read_all()] == ["-", "=", "k"]
        assert verify(where).faults == ()


class TestAConnection:
    def test_gives_up_an_answer_that_takes_longer_than_its_limit(self, where: sa.URL) -> None:
        with WatchedConnection.open(0.1, **SETTINGS, conninfo=text_of(where)) as connection:
            with pytest.raises(psycopg.OperationalError, match=r"the server has not answered within 0\.1 seconds"):
                connection.execute("SELECT pg_sleep(600)")
            assert connection.closed

    def test_waits_longer_than_its_limit_where_that_is_lifted(self, where: sa.URL, impatient: None) -> None:
        with WatchedConnection.open(0.1, **SETTINGS, conninfo=text_of(where)) as connection:
            with connection.unlimited():
                assert connection.execute("SELECT 'it', pg_sleep(0.7)").fetchall() == [("it", "")]
            assert connection.limit == 0.1

    def test_waits_for_a_server_that_takes_no_further_connection(
        self, where: sa.URL, superuser: psycopg.Connection, impatient: None
    ) -> None:
        """It answers, if only to refuse."""
        with WatchedConnection.open(60, **SETTINGS, conninfo=text_of(where)) as connection:
            superuser.execute("ALTER ROLE aslo_in_tests CONNECTION LIMIT 0")
            try:
                assert connection.execute("SELECT 'it', pg_sleep(0.7)").fetchall() == [("it", "")]
            finally:
                superuser.execute("ALTER ROLE aslo_in_tests CONNECTION LIMIT -1")
