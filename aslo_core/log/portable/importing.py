"""Makes a log of its lines: in one transaction, so that it is there as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Any, BinaryIO

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError

from aslo_core.errors import AsloError
from aslo_core.log.database import Where
from aslo_core.log.kept_event import KeptEvent
from aslo_core.log.migrations import making
from aslo_core.log.opening import database_at
from aslo_core.log.portable.lines import End, NotImportable, OutputLine
from aslo_core.log.portable.parsing import Parser
from aslo_core.log.schema import bodies, events
from aslo_core.log.schema import build_log_chunks as chunks

_AT_A_TIME = 256
"""Lines that are handed to the database at once, which bounds the memory."""


def import_log(file: BinaryIO, where: Where, admin: sa.URL | None = None) -> End:
    """Make a log of what `export` wrote: the same events with their positions, ids, times, keys, salts and leaves.

    The tables are made where there are none. Nothing can be read of it before all was read and found sound.

    Args:
        file: the export, read once.
        where: the file `log.db`, or the address of a PostgreSQL database as ASLO will use it.
        admin: on PostgreSQL, the address of the same database by a role that may make roles.

    Returns:
        The last line of the export.

    Raises:
        NotImportable: the export is damaged, cut off, foreign or of a newer ASLO.
        AsloError: there is something in the log, or the database refuses an event.
        LogNotReady: the log was written by a newer ASLO, or another role is needed.
        LogUnavailable: the database cannot be written.
        OSError: the file cannot be read.
    """
    parser = Parser(file)
    with making(where, admin) as connection:
        _require_empty(connection, where)
        for _, lines in groupby(parser.lines(), type):
            while batch := list(islice(lines, _AT_A_TIME)):
                with _accepted(parser):
                    _insert(connection, batch)
        return parser.passed()


def _require_empty(connection: sa.Connection, where: Where) -> None:
    for table in (events, bodies, chunks):
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
            raise AsloError(
                f"the log {database_at(where).name} is not empty, and an import would have to change it: give an empty folder"
                " as data.path, or an empty database as data.log_url"
            )


@contextmanager
def _accepted(parser: Parser) -> Iterator[None]:
    """Tell what the database refuses though its hashes are right, which no export of ASLO's has."""
    try:
        yield
    except (DataError, IntegrityError) as error:
        found = f"it, or one of the {_AT_A_TIME} lines before it, is refused by the database ({error.orig})"
        raise NotImportable(parser.line, found, "the export was altered: take another copy of it") from error


def _insert(connection: sa.Connection, batch: Sequence[KeptEvent | OutputLine]) -> None:
    passed = [item for item in batch if isinstance(item, KeptEvent)]
    kept = [{"position": event.position, **msgspec.structs.asdict(event.body)} for event in passed if event.body]
    _insert_all(connection, events, [_without_body(event) for event in passed])
    _insert_all(connection, bodies, kept)
    _insert_all(connection, chunks, [msgspec.structs.asdict(item) for item in batch if isinstance(item, OutputLine)])


def _insert_all(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _without_body(event: KeptEvent) -> dict[str, Any]:
    row = msgspec.structs.asdict(event)
    del row["body"]
    return row
