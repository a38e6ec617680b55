"""Writers that take their time within their transactions, and roll many of them back, while readers follow."""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psycopg
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Appended, Entry, EventLog, Where
from aslo_core.log.draft import Draft, draft_append
from aslo_core.log.postgresql.append import argument
from aslo_core.log.sqlite.batch import Batch
from aslo_core.log.sqlite.transaction import SqliteTransaction

CAUSE = Cause(source="test", actor="test")
WRITERS = 8
TURNS = 12
LAST = "config"
"""Stream of the event that ends the race."""

Write = Callable[[Draft], bool]
"""Writes an append within a transaction that is open, and tells whether it was written."""
Transaction = Callable[[bool], AbstractContextManager[Write]]
"""Begins a transaction, and commits it at the end or rolls it back."""


@dataclass
class Race:
    """What came of it.

    Attributes:
        committed: ids of events whose transaction was committed, in no order.
        refused: how many appends the database refused.
        followed: position and id of what a tail told, in that order.
        scanned: the same of a reader that asks for what is new again and again.
        log: the same of the log at the end.
    """

    committed: set[str] = field(default_factory=set)
    refused: int = 0
    followed: list[tuple[int, str]] = field(default_factory=list)
    scanned: list[tuple[int, str]] = field(default_factory=list)
    log: list[tuple[int, str]] = field(default_factory=list)


def race(where: Where, log: EventLog, other: EventLog) -> Race:
    """Let eight writers race on connections of their own, while `log` and `other` read."""
    found = Race()
    with ThreadPoolExecutor(WRITERS + 2) as threads:
        following = threads.submit(_follow, log, found.followed)
        scanning = threads.submit(_scan, other, found.scanned)
        writing = [threads.submit(_run, where, number, found) for number in range(WRITERS)]
        try:
            for writer in writing:
                writer.result()
        finally:
            found.committed.add(log.append([_entry(LAST)], cause=CAUSE).events[0].id)
        following.result()
        scanning.result()
        found.log = [(event.position, event.id) for event in log.read_all()]
    return found


def _run(where: Where, number: int, found: Race) -> None:
    chance = random.Random(number)  # noqa: S311 - a seed that replays
    with _sqlite(where) if isinstance(where, Path) else _postgresql(where) as transaction:
        for _ in range(TURNS):
            drafts = [
                draft_append([_entry(f"release/{chance.randrange(3)}") for _ in range(chance.randint(1, 3))], CAUSE, {}, "")
                for _ in range(chance.randint(1, 2))
            ]
            keep = chance.random() < 0.5
            with transaction(keep) as write:
                for draft in drafts:
                    written = write(draft)
                    time.sleep(chance.random() * 0.01)
                    if not written:
                        found.refused += 1
                    elif keep:
                        found.committed.update(event.id for event in draft.events)


@contextmanager
def _postgresql(where: sa.URL) -> Iterator[Transaction]:
    with psycopg.connect(where.render_as_string(hide_password=False), autocommit=True) as connection:

        def write(draft: Draft) -> bool:
            taken = Jsonb([argument(draft)], dumps=msgspec.json.encode)
            placed = connection.execute("SELECT failure FROM aslo_log.append(%b)", [taken]).fetchall()
            return [failure for (failure,) in placed] == [None] * len(draft.events)

        @contextmanager
        def transaction(keep: bool) -> Iterator[Write]:
            with connection.transaction(force_rollback=not keep):
                yield write

        yield transaction


@contextmanager
def _sqlite(where: Path) -> Iterator[Transaction]:
    with closing(sqlite3.connect(where, isolation_level=None, timeout=60.0)) as connection:

        @contextmanager
        def transaction(keep: bool) -> Iterator[Write]:
            connection.execute("BEGIN IMMEDIATE")
            writing = SqliteTransaction(connection)
            yield lambda draft: isinstance(Batch(writing, [draft]).write()[0], Appended)
            connection.execute("COMMIT" if keep else "ROLLBACK")

        yield transaction


def _follow(log: EventLog, seen: list[tuple[int, str]]) -> None:
    for event in log.tail(-1, threading.Event()):
        seen.append((event.position, event.id))
        if event.stream == LAST:
            return


def _scan(log: EventLog, seen: list[tuple[int, str]]) -> None:
    after, last = -1, ""
    while last != LAST:
        for event in log.read_all(after):
            seen.append((event.position, event.id))
            after, last = event.position, event.stream


def _entry(stream: str) -> Entry:
    return Entry(stream, DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=0))
