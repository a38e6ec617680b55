"""What PostgreSQL's failures mean, by SQLSTATE (PostgreSQL's documentation, appendix A). Pure."""

from __future__ import annotations

import psycopg

_MEANINGS = {
    "08": "the connection failed: check that the server runs and can be reached",
    "0A000": "the server does not know what ASLO needs: PostgreSQL 14 or newer is expected",
    "25006": "it may not be written: it is a standby, or set to read only",
    "28": "the login was refused: check user and password in data.log_url, and pg_hba.conf",
    "3D000": "there is no such database: make it with createdb",
    "42501": "a privilege is missing: run `aslo db upgrade`, and see what it grants",
    "53100": "the disk is full: free some space",
    "53200": "the server is out of memory",
    "53300": "the server takes no more connections: raise max_connections, or end some",
    "55P03": "another process has held the write lock for too long: find and end it (pg_locks, locktype advisory)",
    "57014": "a statement took too long and was cancelled",
    "57P": "the server is being shut down or started",
    "58": "reading or writing failed: check the disk and the server's log",
    "XX": "it is damaged or at fault: keep a copy, see the server's log, restore the backup",
}
_CUT_OFF = ("08", "40", "57P", "25P")
"""The statement was ended from outside (connection, deadlock, serialization, shutdown): nothing is wrong with it."""


def meaning(error: BaseException | None) -> str:
    """Say in words what an error of the driver means, and what to do."""
    state = _state(error)
    first_line = str(error).strip().partition("\n")[0]
    for prefix, words in _MEANINGS.items():
        if state.startswith(prefix):
            return f"{words} ({first_line})"
    if not state and isinstance(error, psycopg.OperationalError):
        return f"{_MEANINGS['08']} ({first_line})"
    return f"{first_line} ({state})" if state else first_line


def is_cut_off(error: BaseException | None) -> bool:
    """Whether the same may go well when it is tried again at once, over another connection."""
    state = _state(error)
    return state.startswith(_CUT_OFF) or (not state and isinstance(error, psycopg.OperationalError))


def _state(error: BaseException | None) -> str:
    return (error.sqlstate or "") if isinstance(error, psycopg.Error) else ""
