"""Who is alive and who leads: names held for some seconds, by the clock of the database that holds the log.

A process that is stopped or cut off cannot say that it is; its leases end all the same. What lies here is worth nothing once it
has expired, and is no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles

from aslo_core.log.database import Where
from aslo_core.log.opening import database_at
from aslo_core.log.schema import REVISION, leases

_PATIENCE_S = 2.0
"""Seconds to wait for another process's write lock; who renews a lease tries again sooner than it expires."""
_KEPT_US = 3_600_000_000
"""Rows that expired so long ago are removed."""


class _Now(sa.sql.functions.FunctionElement[int]):
    """The time by the database's clock, µs since 1970 UTC. Not that of the transaction's begin, as `now()` would be."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(_Now, "sqlite")
def _sqlite(*_: Any, **__: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(_Now, "postgresql")
def _postgresql(*_: Any, **__: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"


def held_by_older(connection: sa.Connection, revision: str) -> list[str]:
    """Name who holds anything now and runs a program that does not know a migration. Nobody takes anything until the commit.

    Args:
        connection: of who may lock tables, within a transaction that writes.
        revision: the migration.
    """
    if connection.dialect.name == "postgresql":  # on SQLite there is one writer anyway
        connection.exec_driver_sql("LOCK TABLE leases IN SHARE ROW EXCLUSIVE MODE")
    holders = sa.select(leases.c.holder).where(leases.c.expires_us > _Now(), leases.c.program < revision).distinct()
    return sorted(connection.execute(holders).scalars())


class Leases:
    """Leases beside the log. Every method may be called from any thread.

    Args:
        where: the file `log.db`, or the address of a PostgreSQL database; already migrated.
    """

    def __init__(self, where: Where) -> None:
        self._database = database_at(where, patience=_PATIENCE_S, flushed=False)

    def take(self, name: str, holder: str, seconds: float) -> bool:
        """Hold a name from now on, or go on holding it; tell whether that is so, or somebody else holds it.

        Args:
            name: what is held.
            holder: by whom: unique to one start of one process, so that nobody is taken for a successor.
            seconds: for how long from now.

        Raises:
            LogUnavailable: the database cannot be written.
        """
        with self._database.write() as connection:
            insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(leases)
            new = insert.values(name=name, holder=holder, expires_us=_Now() + round(seconds * 1_000_000), program=REVISION)
            free = sa.or_(leases.c.expires_us <= _Now(), leases.c.holder == holder)
            taken = new.on_conflict_do_update(
                index_elements=[leases.c.name],
                set_={name: new.excluded[name] for name in ("holder", "expires_us", "program")},
                where=free,
            )
            return connection.execute(taken.returning(leases.c.name)).first() is not None

    def give_back(self, name: str, holder: str) -> None:
        """Hold a name no more; success where it is held by somebody else, or nobody.

        Raises:
            LogUnavailable: the database cannot be written.
        """
        with self._database.write() as connection:
            connection.execute(sa.delete(leases).where(leases.c.name == name, leases.c.holder == holder))

    def held(self, prefix: str = "") -> Mapping[str, str]:
        """Give the holder of each name that begins so and is held now.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        query = sa.select(leases.c.name, leases.c.holder).where(leases.c.expires_us > _Now())
        with self._database.read() as connection:
            found = connection.execute(query.where(leases.c.name.startswith(prefix, autoescape=True)))
            return {row.name: row.holder for row in found}

    def void(self) -> None:
        """Remove all of them, as a process does that knows to be the only one.

        Raises:
            LogUnavailable: the database cannot be written.
        """
        with self._database.write() as connection:
            connection.execute(sa.delete(leases))

    def sweep(self) -> None:
        """Remove what expired long ago.

        Raises:
            LogUnavailable: the database cannot be written.
        """
        with self._database.write() as connection:
            connection.execute(sa.delete(leases).where(leases.c.expires_us <= _Now() - _KEPT_US))

    def close(self) -> None:
        """Close all connections."""
        self._database.close()
