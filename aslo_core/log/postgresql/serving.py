"""The lock that says that a log in PostgreSQL is served, on whatever machine; it ends with the session that holds it."""

from __future__ import annotations

import os
import socket

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from aslo_core.errors import AsloError
from aslo_core.log.postgresql.database import LOCK, translated

log = structlog.get_logger(__name__)

SERVING = LOCK + 1
"""Key of the advisory lock that who serves a log holds."""
_PATIENCE = "2s"
"""How long to wait for a process that has just ended, and whose session the server is about to end."""
_SETTINGS = {
    "lock_timeout": _PATIENCE,
    # The server is to notice within a minute that this machine is gone; its own choice are two hours.
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "4",
}
_HOLDER = """
    SELECT a.application_name || coalesce(' from ' || host(a.client_addr), '') || ', session ' || a.pid
    FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32 | l.objid::bigint) = %s
"""


class SoleServer:
    """Keeps others from serving the same log, over a connection of its own.

    Args:
        url: the log's address.
    """

    def __init__(self, url: sa.URL) -> None:
        self._name = url.render_as_string(hide_password=True)
        self._engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
            connect_args={
                "options": " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items()),
                "connect_timeout": 5,
                "application_name": f"aslo serve on {socket.gethostname()}, pid {os.getpid()}",
            },
        )
        self._held: sa.Connection | None = None

    def keep(self) -> None:
        """Take the lock, or take it again where the session that held it has ended.

        Raises:
            AsloError: somebody else has it.
            LogUnavailable: the database failed.
        """
        with translated(self._name):
            if self._held is not None and not _is_there(self._held):
                self.close()
            if self._held is None:
                self._held = self._taken()

    def close(self) -> None:
        """Give the lock back."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def _taken(self) -> sa.Connection:
        connection = self._engine.connect()
        try:
            connection.exec_driver_sql("SELECT pg_advisory_lock(%s)", (SERVING,))
        except DBAPIError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise
            holder = connection.exec_driver_sql(_HOLDER, (SERVING,)).scalar() or "it has just ended"
            connection.close()
            raise AsloError(
                f"another process ({holder}) serves the log {self._name}, and there can be only one: end it first,"
                " or give this one a log of its own"
            ) from None
        return connection


def _is_there(connection: sa.Connection) -> bool:
    try:
        connection.exec_driver_sql("SELECT 1")
    except DBAPIError as reason:
        log.warning("serve.lock_lost", error=str(reason.orig))
        return False
    return True
