"""The log on SQLite, in ratio to bare connections and to eventsourcing in the same run: `python -m bench.log`.

Bare: one table with the body as a blob, sqlite3 without SQLAlchemy, write-ahead log, synchronous=FULL, BEGIN IMMEDIATE, one
commit for each insert, the same deflated body. The log adds guards, hashes, indexes, idempotency keys and expected versions.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from aslo_core.events import Cause
from aslo_core.log import Entry, EventLog
from aslo_core.log.migrations import upgrade
from bench.paired import Step, compare, once, rate
from bench.peers import (
    BATCH,
    EVENT,
    bare_insert,
    bare_inserts,
    bare_sqlite,
    eventsourcing_on_sqlite,
    read_back,
    save,
)

THREADS = 16
CAUSE = Cause(source="bench", actor="bench")


def append(log: EventLog, run: str, thread: int) -> Step:
    """One append, with an idempotency key and an expected version, to a stream of its own."""
    stream = f"delivery/{run}/{thread}"
    return lambda n: log.append([Entry(stream, EVENT)], cause=CAUSE, expect={stream: n}, key=f"{stream}/{n}")


def append_many(log: EventLog) -> Step:
    """One append of a hundred events."""
    return lambda n: log.append([Entry("delivery/many", EVENT)] * BATCH, cause=CAUSE, key=f"many/{n}")


def writing(log: EventLog, folder: Path) -> None:
    connect = bare_sqlite(folder / "bare.db")
    bare, bare_threads = "bare sqlite3", f"{THREADS} bare connections"
    with closing(connect()) as connection:
        alone = rate(lambda thread: append(log, "alone", thread))
        compare("append", alone, bare, rate(lambda _: bare_insert(connection)), aim=0.6)
        many = rate(lambda _: append_many(log))
        compare(f"append of {BATCH}", many, bare, rate(lambda _: bare_inserts(connection)), aim=0.25, per_step=BATCH)
    threads = rate(lambda thread: append(log, "threads", thread), threads=THREADS)
    raw = rate(lambda _: bare_insert(connect()), threads=THREADS)
    compare(f"append, {THREADS} threads", threads, bare_threads, raw, aim=6)
    with closing(eventsourcing_on_sqlite(folder / "peer.db")) as peer:
        alone = rate(lambda thread: append(log, "alone-again", thread))
        compare("append", alone, "eventsourcing", rate(lambda _: save(peer)), aim=0.6)
        threads = rate(lambda thread: append(log, "threads-again", thread), threads=THREADS)
        peers = rate(lambda _: save(peer), threads=THREADS)
        compare(f"append, {THREADS} threads", threads, f"eventsourcing, {THREADS} threads", peers, aim=3)


def reading(log: EventLog, path: Path, folder: Path, events: int = 20_000) -> None:
    for n in range(events // BATCH):
        log.append([Entry("delivery/read", EVENT)] * BATCH, cause=CAUSE, key=f"read/{n}")

    def bare() -> int:
        with closing(sqlite3.connect(path)) as connection:
            query = "SELECT * FROM events LEFT JOIN bodies USING (position) ORDER BY position"
            return sum(1 for _ in connection.execute(query))

    def ours() -> int:
        return sum(1 for _ in log.read_all())

    compare("read and decode", once(ours), "bare sqlite3", once(bare), aim=0.45)
    with closing(eventsourcing_on_sqlite(folder / "peer.db")) as peer:
        compare("read and decode", once(ours), "eventsourcing", once(lambda: read_back(peer)), aim=3)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for run in (writing, reading):
            path = folder / f"{run.__name__}.db"
            upgrade(path)
            with EventLog.open(path) as log:
                reading(log, path, folder) if run is reading else writing(log, folder)


if __name__ == "__main__":
    main()
