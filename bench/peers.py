"""The baselines: bare connections with the same guarantees and the same payload, and the library `eventsourcing`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from sqlalchemy import URL

from aslo_core.events import DeliveryIgnored, encode
from aslo_core.log.body import deflate
from bench.paired import Step

EVENT = DeliveryIgnored(
    trigger="release.created", reason="a draft starts nothing " * 40, body_digest="0" * 64, body_size=17_000
)
BODY = deflate(encode(EVENT))
BATCH = 100
PAGE = 256


class Delivery(Aggregate):
    """The same event, as eventsourcing knows it: that which makes an aggregate."""

    @event("Ignored")
    def __init__(self, trigger: str, reason: str, body_digest: str, body_size: int) -> None:
        pass


class Deliveries(Application[UUID]):
    """An application that lets its log be read in larger pieces than ten events."""

    log_section_size = PAGE


def bare_sqlite(path: Path) -> Callable[[], sqlite3.Connection]:
    """Make a table with bodies; give what opens connections that write to it, as safely as the log does."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, timeout=60, check_same_thread=False)
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    made = connect()
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, body BLOB)")
    made.close()
    return connect


def bare_insert(connection: sqlite3.Connection) -> Step:
    """One insert, one commit."""

    def step(_: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO events (body) VALUES (?)", (BODY,))
        connection.execute("COMMIT")

    return step


def bare_inserts(connection: sqlite3.Connection) -> Step:
    """A hundred inserts, one commit."""
    rows = [(BODY,)] * BATCH

    def step(_: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO events (body) VALUES (?)", rows)
        connection.execute("COMMIT")

    return step


def bare_psycopg(url: str) -> Step:
    """One insert, one commit, in one round trip."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("CREATE TABLE bare (position bigserial PRIMARY KEY, body bytea)")

    def step(_: int) -> None:
        connection.execute("INSERT INTO bare (body) VALUES (%b)", (BODY,), prepare=True)

    return step


def eventsourcing_on_sqlite(path: Path) -> Application[UUID]:
    """An application of eventsourcing's on a file."""
    return Deliveries({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path), "COMPRESSOR_TOPIC": "zlib"})


def eventsourcing_on_postgresql(url: URL) -> Application[UUID]:
    """An application of eventsourcing's on PostgreSQL."""
    return Deliveries(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "COMPRESSOR_TOPIC": "zlib",
            "POSTGRES_DBNAME": str(url.database),
            "POSTGRES_HOST": str(url.host),
            "POSTGRES_PORT": str(url.port),
            "POSTGRES_USER": str(url.username),
            "POSTGRES_PASSWORD": str(url.password),
        }
    )


def save(application: Application[UUID]) -> Step:
    """One event, saved."""

    def step(_: int) -> None:
        application.save(Delivery(EVENT.trigger, reason=EVENT.reason, body_digest=EVENT.body_digest, body_size=EVENT.body_size))

    return step


def read_back(application: Application[UUID]) -> int:
    """Read and decode every event; tell how many."""
    count, last = 0, 0
    while notifications := application.notification_log.select(start=last + 1, limit=PAGE):
        for notification in notifications:
            application.mapper.to_domain_event(notification)
        count += len(notifications)
        last = notifications[-1].id
    return count
