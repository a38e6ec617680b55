"""Connections that are cut and servers that end: what is written counts as such, once."""

import os
import signal
import threading
from contextlib import ExitStack, suppress
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from aslo_core.log import Appended, Entry, EventLog, LogUnavailable
from aslo_core.log.draft import draft_append
from aslo_core.log.opening import database_at
from aslo_core.log.verify import verify
from aslo_core.testing.postgres_server import PostgresServer
from aslo_core.testing.proxy import BreakingProxy, Fault
from tests.log.postgresql.conftest import CAUSE, NOT_KNOWN, append, entry, text_of, through, unavailable


class TestACutConnection:
    @pytest.mark.parametrize("fault", [Fault.RESET, Fault.CLOSE])
    def test_at_any_moment_of_an_append_it_is_written_once_and_reported_as_written(
        self, proxy: BreakingProxy, where: sa.URL, fault: Fault
    ) -> None:
        def cut_after(count: int | None, key: str) -> int:
            proxy.heal()
            with EventLog.open(through(proxy, where)) as log:
                append(log, f"{key} before", 200)  # over a connection that is there
                proxy.heal() if count is None else proxy.break_after(count, fault)
                appended = append(log, key, 200)
                passed = proxy.passed
                assert not appended.duplicate
                assert tuple(log.read_all(log.head() - 1)) == appended.events
            return passed

        whole = cut_after(None, "whole")
        assert whole > 500
        for count in range(0, whole + 1, max(1, whole // 20)):
            assert cut_after(count, str(count)) == count
        with EventLog.open(where) as log:
            keys = [event.key for event in log.read_all()]
        assert len(keys) == len(set(keys))
        assert verify(where).faults == ()

    @pytest.mark.parametrize("part", [0.2, 0.999])
    def test_and_no_way_to_ask_what_came_of_it(self, proxy: BreakingProxy, where: sa.URL, part: float) -> None:
        host, port = proxy.addresses[0]
        with EventLog.open(where.set(host=host, port=port)) as log, EventLog.open(where) as direct:
            append(log, "-")
            proxy.heal()
            append(log, "=")
            proxy.break_after(int(proxy.passed * part))
            unavailable(lambda: append(log, "k"), NOT_KNOWN, "the connection failed")
            unavailable(lambda: append(log, "k"), "the connection failed: check that the server runs")
            assert append(direct, "k").duplicate == (part > 0.5)
            proxy.heal()
            assert append(log, "k").duplicate
            assert log.head() == 2

    def test_while_a_tail_is_followed(self, proxy: BreakingProxy, where: sa.URL) -> None:
        """Its reader is told, and goes on from where it was."""
        with EventLog.open(through(proxy, where)) as log:
            append(log)
            stop = threading.Event()
            tail = log.tail(-1, stop)
            assert next(tail).position == 0
            proxy.break_after(0)
            unavailable(lambda: next(tail), "the connection failed")
            append(log)
            assert next(log.tail(0, stop)).position == 1


def test_a_commit_that_is_still_under_way_is_not_taken_for_lost(own: tuple[PostgresServer, sa.URL]) -> None:
    """The client is cut off while the server waits for a standby, with the write lock: it may commit at any time."""
    server, where = own
    said: dict[str, str] = {}

    def append_until_one_waits(log: EventLog) -> None:
        """The first ones may go through: commits wait from when the server's checkpointer has read its new configuration."""
        while not said:
            key = str(uuid4())
            try:
                append(log, key)
            except LogUnavailable as failure:
                said[key] = str(failure)

    proxy = BreakingProxy([(("127.0.0.1", 0), ("127.0.0.1", server.port))])
    with (
        ExitStack() as cable,
        psycopg.connect(server.url("aslo"), autocommit=True) as superuser,
        EventLog.open(through(proxy, where), patience=0.3) as log,
        EventLog.open(where) as direct,
    ):
        cable.enter_context(proxy)
        append(log)
        superuser.execute("ALTER SYSTEM SET synchronous_standby_names = 'one_that_is_not_there'")
        superuser.execute("SELECT pg_reload_conf()")
        try:
            waiting = threading.Thread(target=append_until_one_waits, args=(log,))
            waiting.start()
            while not superuser.execute("SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'").fetchall():
                assert waiting.is_alive()
            cable.close()
            waiting.join()
        finally:
            superuser.execute("ALTER SYSTEM RESET synchronous_standby_names")
            superuser.execute("SELECT pg_reload_conf()")
        ((slow, told),) = said.items()
        assert NOT_KNOWN in told
        assert append(direct, slow).duplicate


def test_an_append_that_was_believed_lost_and_is_written_again_is_there_once(where: sa.URL) -> None:
    """The server may get to a statement after its client has given it up, and tried it again."""
    with_key = draft_append([entry(), Entry("release/a", entry().event)], CAUSE, {"release/a": 0}, "k")
    without = draft_append([entry()], CAUSE, {}, "")
    database = database_at(where)
    first = database.append([with_key, without])
    assert database.append([with_key, without]) == first
    assert [outcome.duplicate for outcome in first if isinstance(outcome, Appended)] == [False, False]
    database.close()


class TestAServerThatEnds:
    """Of its own, since the others that are tested need theirs."""

    def test_and_comes_back_is_used_again_at_once(self, own: tuple[PostgresServer, sa.URL]) -> None:
        server, where = own
        with EventLog.open(where) as log:
            before = append(log).events[0].position
            log.head()
            server.process.stop()
            try:
                unavailable(lambda: append(log), "the connection failed: check that the server runs and can be reached")
                unavailable(log.head, "the connection failed: check that the server runs and can be reached")
            finally:
                server.process.start()
            assert append(log).events[0].position == before + 1
            assert log.head() == before + 1

    def test_between_two_appends_nobody_notices(self, own: tuple[PostgresServer, sa.URL]) -> None:
        server, where = own
        with EventLog.open(where) as log:
            before = append(log).events[0].position
            assert log.head() == before
            server.process.stop()
            server.process.start()
            assert log.head() == before
            server.process.stop()
            server.process.start()
            assert append(log).events[0].position == before + 1

    def test_whose_session_is_killed_keeps_what_was_acknowledged(self, own: tuple[PostgresServer, sa.URL]) -> None:
        """The server then ends all its sessions and recovers from its write-ahead log."""
        _, where = own
        with EventLog.open(where) as log:
            kept = append(log, "kept").events
            with psycopg.connect(text_of(where)) as victim, psycopg.connect(text_of(where), autocommit=True) as another:
                os.kill(victim.info.backend_pid, signal.SIGKILL)
                with suppress(psycopg.OperationalError):
                    while another.execute("SELECT 1"):
                        pass
            again = None
            while again is None:
                with suppress(LogUnavailable):  # it is on its way up
                    again = append(log, "kept")
            assert again.duplicate
            assert again.events == kept
        assert verify(where).faults == ()

    def test_that_becomes_a_standby_can_be_read_but_not_written(self, own: tuple[PostgresServer, sa.URL]) -> None:
        server, where = own
        with EventLog.open(where) as log:
            before = append(log).events[0].position
        server.process.stop()
        sign = server.data / "standby.signal"
        sign.touch(mode=0o644)
        server.process.start()
        try:
            with EventLog.open(where) as log:
                unavailable(lambda: append(log), "it may not be written: it is a standby, or set to read only")
                assert log.head() == before
            assert verify(where).faults == ()
        finally:
            server.process.stop()
            sign.unlink()
            server.process.start()
