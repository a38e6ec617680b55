"""Writes a log out as lines, while others go on appending to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from hashlib import sha256
from itertools import chain
from typing import Any

import msgspec
import sqlalchemy as sa

from aslo_core.log.database import Where
from aslo_core.log.errors import damaged
from aslo_core.log.event_faults import hash_faults, type_faults
from aslo_core.log.kept_event import EVENTS, KeptEvent, kept_event
from aslo_core.log.opening import database_at
from aslo_core.log.portable.lines import FORMAT, Begin, End, EventLine, Line, OutputLine, event_line
from aslo_core.log.schema import build_log_chunks as chunks
from aslo_core.log.schema import events

_AT_A_TIME = 256
"""Rows that are asked of the database at once, which bounds the memory."""


def export(where: Where, write: Callable[[bytes], object]) -> End:
    """Write a log as it is now, of one moment, whatever is appended or erased meanwhile.

    The same log gives the same bytes, whatever database it lies in. Each hash is checked on the way, so that no export is made
    that could not be imported.

    Args:
        where: the file `log.db`, or the address of a PostgreSQL database.
        write: takes each line with its end. A reader of what is written that is slow holds up the database's tidying, but no
            writer.

    Returns:
        The last line that was written.

    Raises:
        LogNotReady: the log is damaged; what was written so far lacks its end.
        LogUnavailable: it cannot be read.
    """
    digest = sha256()

    def put(line: Line) -> None:
        content = msgspec.json.encode(line) + b"\n"
        digest.update(content)
        write(content)

    put(Begin(format=FORMAT))
    count = erased = output = 0
    leaf = ""
    with closing(database_at(where)) as database, database.snapshot() as connection:
        with _streamed(connection, EVENTS.order_by(events.c.position)) as rows:
            for event in _events(rows, database.name):
                put(event)
                count, erased, leaf = count + 1, erased + (event.body is None), event.leaf
        with _streamed(connection, _output(connection.dialect)) as rows:
            for stream, attempt, number, offset_us, data in rows:
                put(OutputLine(stream=stream, attempt=attempt, number=number, offset_us=offset_us, data=data))
                output += 1
    end = End(events=count, erased=erased, output=output, leaf=leaf, digest=digest.hexdigest())
    put(end)
    return end


def _streamed(
    connection: sa.Connection, query: sa.Select[*tuple[Any, ...]]
) -> AbstractContextManager[sa.CursorResult[*tuple[Any, ...]]]:
    return closing(connection.execute(query, execution_options={"yield_per": _AT_A_TIME}))


def _events(rows: Iterable[sa.Row[*tuple[Any, ...]]], name: str) -> Iterator[EventLine]:
    for position, row in enumerate(rows):
        event = kept_event(row)
        if fault := next(chain(type_faults(event), _place_faults(event, position), hash_faults(event)), ""):
            raise damaged(name, f"the event at position {event.position} is not as it was recorded: {fault}")
        yield event_line(event)


def _place_faults(event: KeptEvent, position: int) -> Iterator[str]:
    if event.position != position:
        yield f"position {position} was expected"


def _output(dialect: sa.Dialect) -> sa.Select[*tuple[Any, ...]]:
    # The order of bytes, and not that of a language, is the same in every database.
    stream = sa.collate(chunks.c.stream, "C" if dialect.name == "postgresql" else "BINARY")
    return sa.select(chunks).order_by(stream, chunks.c.attempt, chunks.c.number)
