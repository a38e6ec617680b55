"""When PostgreSQL refuses, every caller is told why and what to do, and nothing is half written."""

import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from psycopg import sql

from aslo_core.log import Appended, EventLog, LogNotReady, LogUnavailable
from aslo_core.log.verify import verify
from aslo_core.testing.postgres_server import PostgresServer
from tests.log.postgresql.conftest import (
    CAUSE,
    NOT_KNOWN,
    PASSWORD,
    Connect,
    Connection,
    append,
    argument_of,
    call_append,
    entry,
    unavailable,
)


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
            pytest.raises(LogNotReady, match=r"has no tables yet, .*: make them with `aslo db upgrade --as`"),
        ):
            EventLog.open(where.set(database=sa.make_url(empty).database))

    def test_of_a_role_that_was_granted_nothing(self, superuser: Connection, where: sa.URL) -> None:
        superuser.execute("REVOKE ALL ON SCHEMA aslo_log FROM aslo_in_tests")
        with pytest.raises((LogNotReady, LogUnavailable), match="`aslo db upgrade"):
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
