"""The log on PostgreSQL, in ratio to bare inserts and to eventsourcing in the same run: `python -m bench.log_postgresql`.

The server is started for it, and flushes each commit to the disk. Bare: one table with the body as bytea, psycopg without
SQLAlchemy, one prepared statement in one round trip, which commits by itself.
"""

from __future__ import annotations

import secrets
from contextlib import closing

import psycopg
import sqlalchemy as sa

from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.testing.postgres_server import PostgresServer, run_postgres
from aslo_core.testing.processes import NotInstalled
from bench.log import THREADS, append
from bench.paired import compare, once, rate
from bench.peers import bare_psycopg, eventsourcing_on_postgresql, read_back, save


def measure(server: PostgresServer) -> None:
    with server.database() as admin:
        role, password = "bench", secrets.token_hex(16)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
        url = sa.make_url(admin)
        where = url.set(username=role, password=password)
        upgrade(where, url)
        with EventLog.open(where) as log:
            bare = rate(lambda _: bare_psycopg(admin))
            compare("append", rate(lambda n: append(log, "alone", n)), "bare psycopg", bare, aim=0.7)
            with closing(eventsourcing_on_postgresql(url)) as peer:
                alone = rate(lambda n: append(log, "alone-again", n))
                compare("append", alone, "eventsourcing", rate(lambda _: save(peer)), aim=1.5)
                threads = rate(lambda n: append(log, "threads", n), threads=THREADS)
                peers = rate(lambda _: save(peer), threads=THREADS)
                compare(f"append, {THREADS} threads", threads, f"eventsourcing, {THREADS} threads", peers, aim=1.5)
                compare(
                    "read and decode",
                    once(lambda: sum(1 for _ in log.read_all())),
                    "eventsourcing",
                    once(lambda: read_back(peer)),
                    aim=3,
                )


def main() -> None:
    try:
        with run_postgres(fsync=True) as server:
            measure(server)
    except NotInstalled as reason:
        print(f"left out: {reason}")


if __name__ == "__main__":
    main()
