"""A log in an SQLite file on a disk or in a folder that may not be written, such as a copy that was handed to an auditor."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from aslo_core.log.errors import LogUnavailable
from aslo_core.log.sqlite.database import SqliteDatabase

_UNWRITABLE = ("SQLITE_CANTOPEN", "SQLITE_READONLY")


class StillDatabase(SqliteDatabase):
    """A file that nobody writes while it is read: SQLite locks nothing, looks for no change, and makes no files beside it.

    What is read while somebody writes all the same may be nonsense (https://www.sqlite.org/uri.html#uriimmutable).
    """

    opened_as = "mode=ro&immutable=1"


def to_audit(path: Path) -> SqliteDatabase:
    """Make the database for a file that is only read: the usual one where that can be opened, else a still one.

    A reader too needs a file beside the log for its locks, which cannot be made where nothing may be written.

    Raises:
        LogUnavailable: it cannot be opened, and its newest events lie beside it, in its write-ahead log.
    """
    usual = SqliteDatabase(path)
    try:
        with closing(usual.connect()) as connection:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.Error as failure:
        name = getattr(failure, "sqlite_errorname", "")
        if not name.startswith(_UNWRITABLE):
            return usual  # whoever reads it is told
        wal = path.with_name(f"{path.name}-wal")
        if wal.exists() and wal.stat().st_size:
            raise LogUnavailable(
                f"the log {path} cannot be read where nothing may be written beside it ({name}): copy it, with its"
                f" {wal.name}, to a folder that you may write, and verify the copy"
            ) from failure
        return StillDatabase(path)
    return usual
