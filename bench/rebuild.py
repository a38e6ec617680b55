"""What making the read models costs, in ratio to bare inserts of the rows that they come to: `python -m bench.rebuild`.

To make them is to read and decode every event, to fold it into rows, and to write these, in a database beside that in use;
to put them in the place of those in use copies them all and flushes them to the disk. Bare: sqlite3, the rows at hand, one
prepared insert after the other into tables with the same indexes, in one transaction.
"""

from __future__ import annotations

import logging
import sqlite3
import tempfile
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

import structlog

from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.projections import PROJECTIONS, Projector
from aslo_core.projections.build import Build
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from bench.paired import compare, once

RELEASES = 1000
Tables = dict[str, tuple[str, list[tuple[object, ...]]]]
"""Each table → the statements that make it, and its rows."""


def tell(log: EventLog) -> None:
    """Let a thousand releases of a hundred activities be published."""
    story = Story(log)
    for number in range(RELEASES):
        announced = values.announcement(release_id=str(number), tag=f"v{number}")
        metadata = values.metadata(f"org.example.Activity{number % 100}", str(number // 100 + 1))
        story.published(announced, Made(metadata=metadata, bundle=values.blob(f"bundle {number}")))


def tables(path: Path) -> Tables:
    """Read what lies in the read models."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute(
            "SELECT tbl_name, group_concat(sql, ';') FROM sqlite_master WHERE sql != '' GROUP BY tbl_name"
        )
        return {name: (sql, connection.execute(f'SELECT * FROM "{name}"').fetchall()) for name, sql in made}  # noqa: S608


def main() -> None:
    numbers = count()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        upgrade(folder / "log.db")
        with EventLog.open(folder / "log.db") as log:
            tell(log)
            with closing(Build(folder / "views.db", log, PROJECTIONS)) as build:
                while build.advance():
                    pass
            found = tables(folder / "views.db")
            rows = sum(len(rows) for _, rows in found.values())

            def in_place() -> int:
                with closing(Projector(folder / f"views{next(numbers)}.db", log, PROJECTIONS)) as projector:
                    projector.catch_up()
                return rows

            def beside() -> int:
                with closing(Build(folder / f"beside{next(numbers)}.db", log, PROJECTIONS)) as build:
                    while build.advance():
                        pass
                return rows

            def bare(*pragmas: str) -> int:
                with closing(sqlite3.connect(folder / f"bare{next(numbers)}.db", isolation_level=None)) as connection:
                    for pragma in pragmas:
                        connection.execute(f"PRAGMA {pragma}")
                    connection.execute("BEGIN IMMEDIATE")
                    for table, (sql, held) in found.items():
                        for statement in sql.split(";"):
                            connection.execute(statement)
                        if held:
                            marks = ", ".join("?" * len(held[0]))
                            insert = f'INSERT INTO "{table}" VALUES ({marks})'  # noqa: S608
                            for row in held:
                                connection.execute(insert, row)
                    connection.execute("COMMIT")
                return rows

            what, inserts = f"rows of {log.head() + 1} events", "bare inserts of these rows"
            unflushed = partial(bare, "locking_mode=EXCLUSIVE", "journal_mode=MEMORY", "synchronous=OFF")
            flushed = partial(bare, "journal_mode=WAL", "synchronous=FULL")
            compare(what, once(beside), inserts, once(unflushed), aim=1 / 3)
            compare(f"{what}, in place", once(in_place), inserts, once(flushed), aim=1 / 3)


if __name__ == "__main__":
    main()
