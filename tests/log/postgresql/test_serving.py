"""One process alone serves a log, whatever machine it is on."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import aslo_core
from aslo_core.errors import AsloError
from aslo_core.log import EventLog, LogUnavailable
from aslo_core.log.postgresql.serving import SoleServer
from tests.log.postgresql.conftest import CAUSE, Connection, entry, text_of

Make = Callable[[], SoleServer]


@pytest.fixture
def make(where: sa.URL) -> Iterator[Make]:
    made: list[SoleServer] = []

    def another() -> SoleServer:
        made.append(SoleServer(where))
        return made[-1]

    yield another
    for one in made:
        one.close()


def end_its_session(superuser: Connection) -> None:
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'aslo serve on %'"
    assert superuser.execute(end).fetchall() == [(True,)]


def test_a_second_is_refused_and_told_who_serves(make: Make, where: sa.URL) -> None:
    make().keep()
    told = rf"another process \(aslo serve on .+, pid {os.getpid()} from 127\.0\.0\.1, session \d+\) serves the log"
    with pytest.raises(AsloError, match=told) as refused:
        make().keep()
    assert str(where.password) not in str(refused.value)
    assert "end it first" in str(refused.value)


def test_once_it_is_given_back_another_may(make: Make) -> None:
    first = make()
    first.keep()
    first.keep()
    first.close()
    make().keep()


def test_it_holds_up_no_append(make: Make, log: EventLog) -> None:
    make().keep()
    assert log.append([entry()], cause=CAUSE).events[0].position == 0


def test_logs_in_other_databases_are_others(make: Make, empty_postgres_log: sa.URL) -> None:
    make().keep()
    other = SoleServer(empty_postgres_log)
    other.keep()
    other.close()


def test_it_ends_with_the_process(make: Make, where: sa.URL) -> None:
    program = (
        "import sys, time, sqlalchemy as sa\n"
        "from aslo_core.log.postgresql.serving import SoleServer\n"
        "sole = SoleServer(sa.make_url(sys.argv[1]))\n"
        "sole.keep()\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(aslo_core.__file__).parent.parent)}
    command = [sys.executable, "-c", program, text_of(where)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(AsloError, match=f"pid {process.pid}"):
            make().keep()
        process.kill()
        make().keep()


def test_a_session_that_was_ended_is_replaced(make: Make, superuser: Connection) -> None:
    sole = make()
    sole.keep()
    end_its_session(superuser)
    sole.keep()
    with pytest.raises(AsloError, match="serves the log"):
        make().keep()


def test_who_lost_it_to_another_is_told(make: Make, superuser: Connection) -> None:
    loser, winner = make(), make()
    loser.keep()
    end_its_session(superuser)
    winner.keep()
    for _ in range(2):
        with pytest.raises(AsloError, match="serves the log"):
            loser.keep()


def test_a_server_that_is_away_is_told(where: sa.URL) -> None:
    with pytest.raises(LogUnavailable, match="check that the server runs and can be reached"):
        SoleServer(where.set(port=1)).keep()
