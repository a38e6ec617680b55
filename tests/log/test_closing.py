"""A log may be closed while others still use it: whoever gives a connection back afterwards closes it."""

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Entry, Where
from aslo_core.log.database import Database
from aslo_core.log.draft import draft_append
from aslo_core.log.opening import database_at

ROUNDS = 20


def read(database: Database) -> None:
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1")


def write(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("SELECT 1")


def append(database: Database) -> None:
    ignored = DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=0)
    database.append([draft_append([Entry("delivery/a", ignored)], Cause(source="test", actor="test"), {}, "")])


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns after a few instructions, so that every moment of closing is met."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless")
def test_no_connection_is_left_open(where: Where) -> None:
    """Each round closes at another moment; a connection to PostgreSQL that is left open warns when it is collected."""
    for _ in range(ROUNDS):
        closed = threading.Event()
        database = database_at(where)
        users = []
        for action in (read, write, append, append):
            begun = threading.Event()
            users.append(threading.Thread(target=use, args=[database, action, begun, closed]))
            users[-1].start()
            begun.wait()
        database.close()
        closed.set()
        for user in users:
            user.join()
        assert files_open(where) == []
        del database, user, users
        gc.collect()


def use(database: Database, action: Callable[[Database], None], begun: threading.Event, closed: threading.Event) -> None:
    try:
        while not closed.is_set():
            action(database)
            begun.set()
    finally:
        begun.set()


def files_open(where: Where) -> list[str]:
    """Files of a log in SQLite that this process has open."""
    if not isinstance(where, Path):
        return []
    opened = (link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return [str(file) for file in opened if str(file).startswith(str(where))]
