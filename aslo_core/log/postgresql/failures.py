"""What PostgreSQL's failures mean, by SQLSTATE (PostgreSQL's documentation, appendix A). Pure."""

from __future__ import annotations

import re

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
_AT_LOGIN = (
    ("authentication failed", "28P01"),
    ("no pg_hba.conf entry", "28000"),
    ('role ".*" (does not exist|is not permitted to log in)', "28000"),
    ('database ".*" does not exist', "3D000"),
    ("permission denied for database", "42501"),
    ("too many|remaining connection slots", "53300"),
    ("starting up|shutting down|recovery mode", "57P03"),
)
"""Pattern in a message → the state that it stands for: of a refused login, libpq tells the text alone. In another language than
English none is found, and the cure is a more general one."""


def meaning(error: BaseException | None) -> str:
    """Say in words what an error of the driver means, and what to do."""
    state = _state(error)
    said = first_line(error)
    for prefix, words in _MEANINGS.items():
        if state.startswith(prefix):
            return f"{words} ({said})"
    if not state and isinstance(error, psycopg.OperationalError):
        return f"{_MEANINGS['08']} ({said})"
    return f"{said} ({state})" if state else said


def first_line(error: BaseException | None) -> str:
    """What the server itself said, without its hints."""
    return str(error).strip().partition("\n")[0]


def is_cut_off(error: BaseException | None) -> bool:
    """Whether the same may go well when it is tried again at once, over another connection.

    Otherwise the server has refused a statement, and undone what it had done of it.
    """
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_CUT_OFF) or error.diag.severity_nonlocalized in {"FATAL", "PANIC"}


def _state(error: BaseException | None) -> str:
    if not isinstance(error, psycopg.Error):
        return ""
    if error.sqlstate is None and "FATAL" in str(error):
        return next((state for pattern, state in _AT_LOGIN if re.search(pattern, str(error))), "")
    return error.sqlstate or ""
