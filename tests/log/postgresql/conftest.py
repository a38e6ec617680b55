"""Here the log is in PostgreSQL."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Appended, Entry, EventLog, LogUnavailable
from aslo_core.log.draft import draft_append
from aslo_core.log.migrations import upgrade
from aslo_core.log.postgresql.append import argument
from aslo_core.testing.postgres_server import PostgresServer, run_postgres
from aslo_core.testing.proxy import BreakingProxy

CAUSE = Cause(source="test", actor="test")
NOT_KNOWN = "whether the append was kept is not known, so repeat it with the same idempotency key"
PASSWORD = "no secret at all, but it must not be shown"

Json = dict[str, Any]
Connection = psycopg.Connection[tuple[Any, ...]]
Connect = Callable[[], Connection]


def entry(stream: str = "delivery/a", reason: str = "") -> Entry:
    return Entry(stream, DeliveryIgnored(trigger="push", reason=reason, body_digest="", body_size=0))


def argument_of(*entries: Entry, key: str = "") -> Json:
    """What the function append takes for one append, as plain JSON values, to be tampered with."""
    told: Json = msgspec.json.decode(msgspec.json.encode(argument(draft_append(entries or [entry()], CAUSE, {}, key))))
    return told


def call_append(connection: Connection, *drafts: Json) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT * FROM aslo_log.append(%s)", [Jsonb(list(drafts))]).fetchall()


def call_erase(connection: Connection, draft: Json) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT * FROM aslo_log.erase(%s)", [Jsonb(draft)]).fetchall()


def record_of(event_id: str, **other: object) -> Json:
    draft = argument_of(entry())
    return {**draft, "erases": event_id, **other}


def append(log: EventLog, key: str = "", size: int = 0) -> Appended:
    return log.append([entry("delivery/a", "x" * size)], cause=CAUSE, key=key)


def unavailable(action: Callable[[], object], *words: str) -> None:
    """Make sure that something is refused as unavailable, with these words, and without the password of these tests."""
    with pytest.raises(LogUnavailable) as failure:
        action()
    for word in words:
        assert word in str(failure.value)
    assert PASSWORD not in str(failure.value)


def text_of(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def through(proxy: BreakingProxy, where: sa.URL) -> sa.URL:
    """An address that leads over the proxy while that passes connections on, and to the server itself when it breaks them."""
    host, port = proxy.addresses[0]
    hosts = [f"{host}:{port}", f"{where.host}:{where.port}"]
    return where.set(host=None, port=None, query={"host": hosts})  # type: ignore[arg-type]


@pytest.fixture
def where(postgres_where: sa.URL) -> sa.URL:
    return postgres_where


@pytest.fixture
def connect(where: sa.URL) -> Iterator[Connect]:
    """Opens connections with the application's role, outside of its program."""
    opened: list[Connection] = []

    def connect_once_more() -> Connection:
        opened.append(psycopg.connect(text_of(where), autocommit=True))
        opened[-1].execute("SET search_path = aslo_log")
        return opened[-1]

    yield connect_once_more
    for connection in opened:
        connection.close()


@pytest.fixture
def application(connect: Connect) -> Connection:
    """Somebody who has the application's password."""
    return connect()


@pytest.fixture
def superuser(where: sa.URL, postgres_server: PostgresServer) -> Iterator[Connection]:
    with psycopg.connect(postgres_server.url(str(where.database)), autocommit=True) as connection:
        connection.execute("SET search_path = aslo_log")
        yield connection


@pytest.fixture
def proxy(where: sa.URL) -> Iterator[BreakingProxy]:
    with BreakingProxy([(("127.0.0.1", 0), (str(where.host), int(where.port or 0)))]) as running:
        yield running


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
