"""How fast the log appends, in ratio to bare inserts with the same guarantees in the same run: `python -m bench.log`.

Bare: one table with the body as a blob, sqlite3 without SQLAlchemy, the same pragmas, one commit for each insert. The log adds
guards, hashes, indexes, idempotency keys and expected versions.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from aslo_core.events import Cause, DeliveryIgnored, encode
from aslo_core.log import Entry, EventLog
from aslo_core.log.body import deflate
from aslo_core.log.migrations import upgrade

SECONDS = 2.0
THREADS = (1, 16)
EVENT = DeliveryIgnored(
    trigger="release.created", reason="a draft starts nothing " * 40, body_digest="0" * 64, body_size=17_000
)


def rate(threads: int, prepare: Callable[[int], Callable[[int], object]]) -> float:
    """Appends per second of so many threads, each with what `prepare` makes for it."""
    done = [0] * threads
    ready = threading.Barrier(threads + 1)

    def run(thread: int) -> None:
        step = prepare(thread)
        ready.wait()
        until = time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            step(done[thread])
            done[thread] += 1

    running = [threading.Thread(target=run, args=(thread,)) for thread in range(threads)]
    for thread in running:
        thread.start()
    ready.wait()
    begun = time.perf_counter()
    for thread in running:
        thread.join()
    return sum(done) / (time.perf_counter() - begun)


def bare(path: Path, threads: int) -> float:
    """Bare inserts, each thread with a connection of its own."""
    body = deflate(encode(EVENT))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE events (position INTEGER PRIMARY KEY, body BLOB)")

    def prepare(_: int) -> Callable[[int], object]:
        connection = sqlite3.connect(path, isolation_level=None, timeout=60)
        connection.execute("PRAGMA synchronous=FULL")

        def step(_: int) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO events (body) VALUES (?)", (body,))
            connection.execute("COMMIT")

        return step

    return rate(threads, prepare)


def appended(path: Path, threads: int) -> float:
    """Appends with an idempotency key and an expected version, each thread to a stream of its own."""
    upgrade(path)
    cause = Cause(source="bench", actor="bench")
    with EventLog.open(path) as log:

        def prepare(thread: int) -> Callable[[int], object]:
            stream = f"delivery/bench/{thread}"
            return lambda n: log.append([Entry(stream, EVENT)], cause=cause, expect={stream: n}, key=f"{thread}/{n}")

        return rate(threads, prepare)


def read(path: Path) -> tuple[float, float]:
    """Events per second read back and decoded, and rows per second read bare."""
    with EventLog.open(path) as log:
        begun = time.perf_counter()
        events = sum(1 for _ in log.read_all())
        ours = events / (time.perf_counter() - begun)
    with closing(sqlite3.connect(path)) as connection:
        begun = time.perf_counter()
        rows = len(connection.execute("SELECT * FROM events JOIN bodies USING (position) ORDER BY position").fetchall())
        return ours, rows / (time.perf_counter() - begun)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for threads in THREADS:
            theirs = bare(Path(folder) / f"bare{threads}.db", threads)
            ours = appended(Path(folder) / f"log{threads}.db", threads)
            print(f"append, {threads:2} threads: {ours:7.0f}/s, bare {theirs:7.0f}/s, ratio {ours / theirs:.2f}")
        ours, theirs = read(Path(folder) / f"log{THREADS[-1]}.db")
        print(f"read and decode:    {ours:7.0f}/s, bare {theirs:7.0f}/s, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
