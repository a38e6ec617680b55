"""The statements that append, on SQLite.

They go to the driver directly, since nothing may take long under the write lock: a statement costs 3 to 15 µs this way, and 50
through SQLAlchemy's expressions. They are few, and write many rows each: with each step of a statement the driver lets other
threads have the interpreter, and whoever holds the write lock then waits until it is given back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import msgspec

from aslo_core.log.errors import AppendRefused
from aslo_core.log.leaf import NO_METADATA
from aslo_core.log.outcome import Earlier
from aslo_core.log.sqlite.placement import Placed, Placement, Tip

_KNOWN = """
    SELECT
        (SELECT json_array(position, recorded_us) FROM events ORDER BY position DESC LIMIT 1),
        (SELECT json_group_object(value, (SELECT coalesce(max(version), 0) FROM events WHERE stream = value))
         FROM json_each(?)),
        (SELECT json_group_array(json(value)) FROM json_each(?) WHERE EXISTS (
            SELECT 1 FROM events
            WHERE source = json_extract(value, '$[0]') AND events.key = json_extract(value, '$[1]') AND events.key != ''
        ))
"""
_EARLIER = """
    SELECT position, stream, type, schema, body_digest, salt FROM events LEFT JOIN bodies USING (position)
    WHERE source = ? AND key = ? AND key != '' ORDER BY position
"""
_EVENT = (
    "events (position, id, stream, version, type, schema, recorded_us, source, key, actor, correlation, causation, metadata,"
    " body_digest, leaf)"
)
_BODY = "bodies (position, salt, size, deflated)"
_ERASE = "DELETE FROM bodies WHERE position = (SELECT position FROM events WHERE id = ?)"
_ROWS_AT_ONCE = (64, 16, 4, 1)
"""So many rows one statement writes; any number of rows takes few such statements, and there are few to be prepared."""
_IMPOSSIBLE = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError, OverflowError)
"""What the driver raises for a row that can never be written; its other errors are of the database itself."""


_USED = msgspec.json.Decoder(list[tuple[str, str]])


class Known(NamedTuple):
    """What the log has that appends are held against.

    Attributes:
        tip: where it ends.
        versions: stream → its newest version, 0 for a new one.
        used: the sources and idempotency keys that stand in it.
    """

    tip: Tip
    versions: dict[str, int]
    used: frozenset[tuple[str, str]]


class SqliteTransaction:
    """What appending needs of SQLite, within a transaction that has the write lock.

    Args:
        connection: within that transaction; whoever began it commits it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._driver = connection

    def known(self, streams: Collection[str], keys: Collection[tuple[str, str]]) -> Known:
        """Return what is to be known of these streams, and of these sources with their idempotency keys."""
        asked = (msgspec.json.encode(streams).decode(), msgspec.json.encode(keys).decode())
        tip, versions, used = self._driver.execute(_KNOWN, asked).fetchone()
        return Known(
            Tip(-1, 0) if tip is None else Tip(*msgspec.json.decode(tip)),
            msgspec.json.decode(versions),
            frozenset(_USED.decode(used)),
        )

    def earlier(self, source: str, key: str) -> list[Earlier]:
        """Return what is known of the events that were appended with an idempotency key, in order."""
        return [Earlier(*row) for row in self._driver.execute(_EARLIER, (source, key))]

    def write(self, placements: Sequence[Placement]) -> None:
        """Write events and their bodies, and remove the bodies whose erasures are among them.

        Raises:
            AppendRefused: a row can never be written. The transaction is to be rolled back.
        """
        erased = [(placement.draft.erases,) for placement in placements if placement.draft.erases]
        try:
            self._insert(_EVENT, [row for placement in placements for row in _event_rows(placement)])
            self._insert(_BODY, [_body_row(item) for placement in placements for item in placement.events])
            if erased:
                self._driver.executemany(_ERASE, erased)
        except _IMPOSSIBLE as error:
            raise AppendRefused(str(error)) from error

    def _insert(self, into: str, rows: Sequence[tuple[object, ...]]) -> None:
        at = 0
        for number in _ROWS_AT_ONCE:
            while len(rows) - at >= number:
                values = [value for row in rows[at : at + number] for value in row]
                self._driver.execute(_insert(into, len(rows[at]), number), values)
                at += number


@cache
def _insert(into: str, columns: int, rows: int) -> str:
    # OR FAIL, since a row that is refused ends the transaction: SQLite would else note for each row how to undo this statement,
    # which takes as long as the row itself. The guards do the same.
    row = f"({', '.join('?' * columns)})"
    return f"INSERT OR FAIL INTO {into} VALUES {', '.join([row] * rows)}"  # noqa: S608 - made of this module's own words


def _event_rows(placement: Placement) -> Iterator[tuple[object, ...]]:
    key, cause = placement.draft.key, placement.draft.cause
    for item in placement.events:
        event = item.event
        yield (
            item.position,
            event.id,
            event.stream,
            item.version,
            event.event.event_name,
            event.event.event_version,
            placement.recorded_us,
            cause.source,
            key,
            cause.actor,
            cause.correlation,
            cause.causation,
            NO_METADATA,
            event.digest,
            item.leaf,
        )


def _body_row(item: Placed) -> tuple[object, ...]:
    return (item.position, item.event.salt, len(item.event.body), item.event.deflated)
