"""When PostgreSQL fails, every caller is told why and what to do; nothing is half written, what is written counts as such."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from aslo_core.log import Appended, Entry, EventLog, LogNotReady, LogUnavailable
from aslo_core.log.database import database_at
from aslo_core.log.draft import draft_append
from aslo_core.log.migrations import upgrade
from aslo_core.log.verify import verify
from aslo_core.testing.postgres_server import PostgresServer, run_postgres
from aslo_core.testing.proxy import BreakingProxy, Fault
from tests.log.postgresql.conftest import CAUSE, Connect, Connection, argument_of, call_append, entry, text_of

NOT_KNOWN = "whether the append was kept is not known, so repeat it with the same idempotency key"


def unavailable(action: Callable[[], object], *words: str) -> None:
    with pytest.raises(LogUnavailable) as failure:
        action()
    for word in words:
        assert word in str(failure.value)
    assert PASSWORD not in str(failure.value)


PASSWORD = "no secret at all, but it must not be shown"


def append(log: EventLog, key: str = "", size: int = 0) -> Appended:
    return log.append([entry("delivery/a", "x" * size)], cause=CAUSE, key=key)


class TestWhatIsSaid:
    """The cure, and never the password."""

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"password": PASSWORD}, ("the login was refused: check user and password in data.log_url",)),
            ({"username": "nobody_at_all", "password": PASSWORD}, ("the login was refused", "nobody_at_all")),
            ({"database": "no_such_database"}, ("there is no such database: make it with createdb", "no_such_database")),
            ({"port": 1}, ("the connection failed: check that the server runs and can be reached", "refused")),
            ({"host": "no.such.host.invalid"}, ("the connection failed: check that the server runs", "no.such.host.invalid")),
        ],
        ids=str,
    )
    def test_of_an_address_that_is_wrong(self, where: sa.URL, changed: dict[str, object], words: tuple[str, ...]) -> None:
        wrong = where.set(**changed)  # type: ignore[arg-type]
        unavailable(lambda: EventLog.open(wrong), *words, wrong.render_as_string(hide_password=True))
        unavailable(lambda: verify(wrong), *words)

    def test_of_a_database_without_a_log(self, postgres_server: PostgresServer, where: sa.URL) -> None:
        with (
            postgres_server.database() as empty,
            pytest.raises(LogNotReady, match=r"at migration none, this program needs \d+: run `aslo db upgrade --as`"),
        ):
            EventLog.open(where.set(database=sa.make_url(empty).database))

    def test_of_a_role_that_was_granted_nothing(self, superuser: Connection, where: sa.URL) -> None:
        superuser.execute("REVOKE ALL ON SCHEMA aslo_log FROM aslo_in_tests")
        with pytest.raises((LogNotReady, LogUnavailable), match="run `aslo db upgrade"):
            EventLog.open(where)

    def test_of_a_role_that_may_not_connect(self, superuser: Connection, where: sa.URL) -> None:
        superuser.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(str(where.database))))
        unavailable(lambda: EventLog.open(where), "a privilege is missing", "permission denied for database")

    def test_of_a_server_that_is_full(self, superuser: Connection, log: EventLog, where: sa.URL) -> None:
        full = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
        name = sql.Identifier(str(where.database))
        superuser.execute(full.format(name, sql.SQL("0")))
        unavailable(lambda: append(log), "the server takes no more connections: raise max_connections, or end some")
        superuser.execute(full.format(name, sql.SQL("-1")))
        assert append(log).events[0].position == 0

    def test_of_a_database_that_is_set_to_read_only(self, superuser: Connection, where: sa.URL) -> None:
        superuser.execute(
            sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(sql.Identifier(str(where.database)))
        )
        with EventLog.open(where) as log:
            unavailable(lambda: append(log), "it may not be written: it is a standby, or set to read only")
            assert log.head() == -1
        assert verify(where).faults == ()


class TestTheWriteLock:
    def test_held_for_too_long(self, connect: Connect, where: sa.URL) -> None:
        other = connect()
        with EventLog.open(where, patience=0.1) as log:
            with other.transaction(force_rollback=True):
                call_append(other, argument_of())
                unavailable(lambda: append(log), "another process has held the write lock for too long: find and end it")
            assert append(log).events[0].position == 0

    def test_all_callers_of_a_batch_are_answered_and_none_is_left_in_doubt(self, connect: Connect, where: sa.URL) -> None:
        other = connect()
        said: list[str] = []

        def call() -> None:
            with pytest.raises(LogUnavailable) as failure:
                append(log)
            said.append(str(failure.value))

        with EventLog.open(where, patience=0.1) as log:
            with other.transaction(force_rollback=True):
                call_append(other, argument_of())
                threads = [threading.Thread(target=call) for _ in range(8)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            assert len(said) == 8
            assert all("held the write lock for too long" in words and NOT_KNOWN not in words for words in said)
            assert log.head() == -1

    def test_is_waited_for_with_patience(self, connect: Connect, superuser: Connection, log: EventLog) -> None:
        other = connect()
        with other.transaction():
            call_append(other, argument_of())
            waiting = threading.Thread(target=lambda: append(log))
            waiting.start()
            until_one_waits(superuser)
        waiting.join()
        assert log.head() == 1

    def test_is_not_held_by_a_process_that_is_stopped(
        self, log: EventLog, start_appender: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path, where: sa.URL
    ) -> None:
        """Whenever it is stopped: an append is one call, which ends by itself."""
        journal = tmp_path / "journal"
        journal.touch()
        process = start_appender(str(journal), "victim", "4", "0")
        for number in range(20):
            lines = journal.read_bytes().count(b"\n")
            while journal.read_bytes().count(b"\n") <= lines:
                assert process.poll() is None
            process.send_signal(signal.SIGSTOP)
            assert not append(log, key=str(number)).duplicate
            process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        assert verify(where).faults == ()


def until_one_waits(superuser: Connection) -> None:
    """Wait until a session waits for the write lock."""
    waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while not superuser.execute(waiting).fetchall():
        pass


class TestSessionsThatEnd:
    def test_while_it_waits_for_the_lock(self, connect: Connect, superuser: Connection, log: EventLog) -> None:
        other = connect()
        appended: list[Appended] = []
        other.execute("BEGIN")
        call_append(other, argument_of())
        waiting = threading.Thread(target=lambda: appended.append(append(log, key="k")))
        waiting.start()
        until_one_waits(superuser)
        superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        other.execute("COMMIT")
        waiting.join()
        assert [(one.events[0].position, one.duplicate) for one in appended] == [(1, False)]
        assert log.head() == 1

    def test_a_statement_that_is_cancelled_wrote_nothing(self, connect: Connect, superuser: Connection, log: EventLog) -> None:
        other = connect()
        said: list[str] = []

        def call() -> None:
            with pytest.raises(LogUnavailable) as failure:
                append(log)
            said.append(str(failure.value))

        other.execute("BEGIN")
        call_append(other, argument_of())
        waiting = threading.Thread(target=call)
        waiting.start()
        until_one_waits(superuser)
        superuser.execute("SELECT pg_cancel_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        waiting.join()
        other.execute("ROLLBACK")
        assert "a statement took too long and was cancelled" in said[0]
        assert NOT_KNOWN not in said[0]
        assert log.head() == -1
        assert append(log).events[0].position == 0

    def test_while_idle_nobody_notices(self, superuser: Connection, log: EventLog) -> None:
        append(log)
        log.head()
        for _ in range(3):
            superuser.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'aslo_in_tests'")
            assert log.head() == log.append([entry()], cause=CAUSE).events[0].position - 1
            superuser.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'aslo_in_tests'")
            append(log)


def through(proxy: BreakingProxy, where: sa.URL) -> sa.URL:
    """An address that leads over the proxy while that passes connections on, and to the server itself when it breaks them."""
    host, port = proxy.addresses[0]
    hosts = [f"{host}:{port}", f"{where.host}:{where.port}"]
    return where.set(host=None, port=None, query={"host": hosts})  # type: ignore[arg-type]


@pytest.fixture
def proxy(where: sa.URL) -> Iterator[BreakingProxy]:
    with BreakingProxy([(("127.0.0.1", 0), (str(where.host), int(where.port or 0)))]) as running:
        yield running


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


def test_an_append_that_was_believed_lost_and_is_written_again_is_there_once(where: sa.URL) -> None:
    """The server may get to a statement after its client has given it up, and tried it again."""
    with_key = draft_append([entry(), Entry("release/a", entry().event)], CAUSE, {"release/a": 0}, "k")
    without = draft_append([entry()], CAUSE, {}, "")
    database = database_at(where)
    first = database.append([with_key, without])
    assert database.append([with_key, without]) == first
    assert [outcome.duplicate for outcome in first if isinstance(outcome, Appended)] == [False, False]
    database.close()


@pytest.fixture(scope="module")
def own() -> Iterator[tuple[PostgresServer, sa.URL]]:
    """A server that may be stopped, and the address of a log in it."""
    with run_postgres() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE ROLE aslo LOGIN PASSWORD 'aslo'")
            connection.execute("CREATE DATABASE aslo")
        admin = sa.make_url(server.url("aslo"))
        where = admin.set(username="aslo", password="aslo")
        upgrade(where, admin)
        yield server, where


class TestAServerThatEnds:
    """Of its own, since the others that are tested need theirs."""

    def test_and_comes_back_is_used_again_at_once(self, own: tuple[PostgresServer, sa.URL]) -> None:
        server, where = own
        with EventLog.open(where) as log:
            before = append(log).events[0].position
            log.head()
            server.stop()
            try:
                unavailable(lambda: append(log), "the connection failed: check that the server runs and can be reached")
                unavailable(log.head, "the connection failed: check that the server runs and can be reached")
            finally:
                server.start()
            assert append(log).events[0].position == before + 1
            assert log.head() == before + 1

    def test_between_two_appends_nobody_notices(self, own: tuple[PostgresServer, sa.URL]) -> None:
        server, where = own
        with EventLog.open(where) as log:
            before = append(log).events[0].position
            assert log.head() == before
            server.stop()
            server.start()
            assert log.head() == before
            server.stop()
            server.start()
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
        server.stop()
        sign = server.data / "standby.signal"
        sign.touch(mode=0o644)
        server.start()
        try:
            with EventLog.open(where) as log:
                unavailable(lambda: append(log), "it may not be written: it is a standby, or set to read only")
                assert log.head() == before
            assert verify(where).faults == ()
        finally:
            server.stop()
            sign.unlink()
            server.start()
