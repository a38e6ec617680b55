"""The log in an SQLite file."""

from aslo_core.log.sqlite.database import SqliteDatabase

__all__ = ["SqliteDatabase"]
