"""Brings a log to the tables of this program. Imports alembic, so it is imported only where a database is migrated."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import aslo_core
from aslo_core.log.database import Where
from aslo_core.log.errors import LogNotReady
from aslo_core.log.opening import database_at
from aslo_core.log.schema import REVISION, current_revision, metadata
from aslo_core.log.sqlite import SqliteDatabase
from aslo_core.log.sqlite import database as sqlite
from aslo_core.log.sqlite.guards import missing_guards


def scripts() -> Path:
    """Return the folder of the migrations: inside the package when installed, at the top level of a checkout.

    Raises:
        LogNotReady: neither is there.
    """
    package = Path(aslo_core.__file__).parent
    for folder in (package / "migrations", package.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise LogNotReady(f"the migrations are neither in {package} nor beside it: install ASLO again")


def pending(where: Where) -> tuple[str, ...]:
    """Name the migrations that a log still needs, in the order in which `upgrade` would run them.

    Raises:
        LogNotReady: the log was written by a newer ASLO.
        LogUnavailable: it cannot be read.
    """
    return _after(_revision(where), where)


def is_new(where: Where) -> bool:
    """Whether there is no log yet: no file or schema, or one without tables, as a start that was interrupted leaves it.

    Raises:
        LogUnavailable: it cannot be read.
    """
    return not _revision(where)


def upgrade(where: Where, admin: sa.URL | None = None) -> tuple[str, ...]:
    """Create the log, or bring it to the tables of this program, in one transaction; name the migrations that were run.

    Args:
        where: the file `log.db`, or the address of a PostgreSQL database as ASLO will use it.
        admin: on PostgreSQL, the address of the same database by a role that may make roles.

    Raises:
        LogNotReady: the log was written by a newer ASLO, or another role is needed.
        LogUnavailable: it cannot be written.
    """
    with _migrating(where, admin) as connection:
        return _upgrade(connection, where)


@contextmanager
def making(where: Where, admin: sa.URL | None = None) -> Iterator[sa.Connection]:
    """Do as `upgrade`, and lend the connection before its transaction is committed: it may write to the tables of the log.

    On SQLite their guards hold it to adding events at the end, on PostgreSQL it has all rights of the role that owns them. The
    commit is that of the block: when that raises, all is as it was.

    Args:
        where: as `upgrade`.
        admin: as `upgrade`.

    Raises:
        LogNotReady, LogUnavailable: as `upgrade`.
    """
    with _migrating(where, admin) as connection:
        _upgrade(connection, where)
        yield connection


def differences() -> list[str]:
    """Compare what the migrations make with the tables and guards that the program expects; nothing is good."""
    head = ScriptDirectory(str(scripts())).get_current_head()
    found = [] if head == REVISION else [f"the newest migration is {head}, the tables say {REVISION}"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        upgrade(path)
        with closing(SqliteDatabase(path)) as database, database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
            found += [
                f"the migrations lack, or have too much: {difference}" for difference in compare_metadata(context, metadata)
            ]
            found += [
                f"the migrations make another guard than the program expects: {name}" for name in missing_guards(connection)
            ]
    return found


def _upgrade(connection: sa.Connection, where: Where) -> tuple[str, ...]:
    run = _after(current_revision(connection), where)
    if run:
        config = Config()
        config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return run


def _revision(where: Where) -> str:
    if isinstance(where, Path) and not where.exists():
        return ""
    with closing(database_at(where)) as database, database.read() as connection:
        return current_revision(connection)


def _migrating(where: Where, admin: sa.URL | None) -> AbstractContextManager[sa.Connection]:
    if isinstance(where, Path):
        return sqlite.migrating(where)
    from aslo_core.log.postgresql.migrating import migrating  # noqa: PLC0415 (its driver is imported where it is used)

    return migrating(where, admin or where)


def _after(revision: str, where: Where) -> tuple[str, ...]:
    known = [script.revision for script in ScriptDirectory(str(scripts())).walk_revisions()]
    known.reverse()
    if not revision:
        return tuple(known)
    if revision not in known:
        raise LogNotReady(
            f"the log {database_at(where).name} is at migration {revision}, which a newer ASLO has made: use that one"
        )
    return tuple(known[known.index(revision) + 1 :])


if __name__ == "__main__":
    sys.exit("\n".join(differences()) or None)
