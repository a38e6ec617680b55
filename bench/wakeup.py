"""How soon a reader that has waited for a while sees what was appended, in ratio to one in the writer's own process:
`python -m bench.wakeup`.

Measured from the return of `append` to the reader's hands, after pauses in which a reader's looks have grown as rare as they
get. In the same process readers are woken by a condition; others look at SQLite's data version or at PostgreSQL's newest
position, or hear of it through Redis.
"""

from __future__ import annotations

import secrets
import statistics
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import psycopg
import sqlalchemy as sa

from aslo_core.events import Cause
from aslo_core.log import Entry, EventLog, Where
from aslo_core.log.migrations import upgrade
from aslo_core.testing.postgres_server import run_postgres
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.redis_server import run_redis
from bench.peers import EVENT

APPENDS = 15
PAUSE_SECONDS = 0.7
CAUSE = Cause(source="bench", actor="bench")


def latencies(writer: EventLog, reader: EventLog) -> list[float]:
    """Seconds from each append to the reader."""
    seen: SimpleQueue[float] = SimpleQueue()
    stop = threading.Event()

    def follow() -> None:
        for _ in reader.tail(reader.head(), stop):
            seen.put(time.perf_counter())

    following = threading.Thread(target=follow)
    following.start()
    found = []
    for _ in range(APPENDS):
        time.sleep(PAUSE_SECONDS)
        writer.append([Entry("delivery/bench/wakeup", EVENT)], cause=CAUSE)
        appended = time.perf_counter()
        found.append(max(0.0, seen.get() - appended))
    stop.set()
    following.join()
    return found


def show(what: str, where: Where, redis_url: str = "") -> None:
    """Measure a reader in the same process and one in another, and print medians, worst and ratio."""
    with EventLog.open(where, redis_url=redis_url) as writer, EventLog.open(where, redis_url=redis_url) as other:
        own, others = latencies(writer, writer), latencies(writer, other)
    base, median = statistics.median(own), statistics.median(others)
    print(
        f"{what:28} median {median * 1e3:6.1f} ms, worst {max(others) * 1e3:6.1f} ms; same process {base * 1e3:5.2f} ms,"
        f" ratio {median / max(base, 1e-6):.0f}"
    )


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upgrade(folder / "log.db")
        show("SQLite", folder / "log.db")
        try:
            admin = sa.make_url(stack.enter_context(stack.enter_context(run_postgres(fsync=True)).database()))
            redis = stack.enter_context(run_redis(folder))
        except NotInstalled as reason:
            print(f"left out: {reason}")
            return
        password = secrets.token_hex(16)
        with psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE wakeup LOGIN PASSWORD '{password}'")
        where = admin.set(username="wakeup", password=password)
        upgrade(where, admin)
        show("PostgreSQL", where)
        show("PostgreSQL, hint by Redis", where, redis.url())


if __name__ == "__main__":
    main()
