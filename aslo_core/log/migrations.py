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

import aslo_core
from aslo_core.log.database import Where
from aslo_core.log.errors import LogNotReady
from aslo_core.log.leases import held_by_older
from aslo_core.log.opening import database_at
from aslo_core.log.phases import POST_DEPLOY, PRE_DEPLOY, Migration, Shape, chain, chain_faults, newest, shape, taken_away
from aslo_core.log.schema import REQUIRED, REVISION, compatibility, current_revision, metadata
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
    """Name the migrations that a log needs for this program, in the order in which `upgrade` would run them.

    Raises:
        LogUnavailable: it cannot be read.
    """
    return _between(_revision(where), _before_deploy())


def unfinished(where: Where) -> tuple[str, ...]:
    """Name the migrations that a log lacks, with those that wait for the end of all older programs.

    Raises:
        LogUnavailable: it cannot be read.
    """
    return _between(_revision(where), _head())


def is_new(where: Where) -> bool:
    """Whether there is no log yet: no file or schema, or one without tables, as a start that was interrupted leaves it.

    Raises:
        LogUnavailable: it cannot be read.
    """
    return not _revision(where)


def upgrade(where: Where, admin: sa.URL | None = None) -> tuple[str, ...]:
    """Create the log, or bring it to what this program needs, in one transaction; name the migrations that were run.

    Those that have to wait for the end of all older programs are left to `finish`; but where one of an earlier release was left
    for so long that something needs it now, it is run here.

    Args:
        where: the file `log.db`, or the address of a PostgreSQL database as ASLO will use it.
        admin: on PostgreSQL, the address of the same database by a role that may make roles.

    Raises:
        LogNotReady: the log is a newer ASLO's, older programs work on it that must not, or another role is needed.
        LogUnavailable: it cannot be written.
    """
    return _migrate(where, admin, _before_deploy())


def finish(where: Where, admin: sa.URL | None = None) -> tuple[str, ...]:
    """Run all migrations, once the programs from before the deploy have ended; as `upgrade` otherwise."""
    return _migrate(where, admin, _head())


@contextmanager
def making(where: Where, admin: sa.URL | None = None) -> Iterator[sa.Connection]:
    """Do as `finish`, and lend the connection before its transaction is committed: it may write to the tables of the log.

    On SQLite their guards hold it to adding events at the end, on PostgreSQL it has all rights of the role that owns them. The
    commit is that of the block: when that raises, all is as it was.

    Args:
        where: as `upgrade`.
        admin: as `upgrade`.

    Raises:
        LogNotReady, LogUnavailable: as `upgrade`.
    """
    with _migrated(where, admin, _head()) as (connection, _):
        yield connection


def differences() -> list[str]:
    """Compare what the migrations make with the tables, guards and phases that the program expects; nothing is good."""
    migrations = chain(str(scripts()))
    found = list(chain_faults(migrations))
    if found:
        return found
    expected = (_head(), newest(migrations, PRE_DEPLOY))
    if expected != (REVISION, REQUIRED):
        found.append(
            f"the newest migration and the newest pre-deploy one are {expected}, the tables say {(REVISION, REQUIRED)}"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        for migration in migrations:
            found += [f"migration {migration.revision}: {fault}" for fault in _run_one(path, migration)]
        with closing(SqliteDatabase(path)) as database, database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
            found += [
                f"the migrations lack, or have too much: {difference}" for difference in compare_metadata(context, metadata)
            ]
            found += [
                f"the migrations make another guard than the program expects: {name}" for name in missing_guards(connection)
            ]
    return found


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


def _migrate(where: Where, admin: sa.URL | None, target: str) -> tuple[str, ...]:
    with _migrated(where, admin, target) as (_, run):
        return run


@contextmanager
def _migrated(where: Where, admin: sa.URL | None, target: str) -> Iterator[tuple[sa.Connection, tuple[str, ...]]]:
    """Run migrations; lend the connection before the commit, with the names of what was run.

    Older programs are turned away in a transaction of its own before they could see anything of a post-deploy migration, and
    stay so should that fail.
    """
    with _migrating(where, admin) as connection:
        revision = current_revision(connection)
        if revision > _head():
            raise LogNotReady(
                f"the log {database_at(where).name} is at migration {revision}, which a newer ASLO has made: use that one"
            )
        needed = _newest_post_deploy(revision, target) if revision else ""
        if not needed:
            yield connection, _run(connection, target)
            return
        _turn_away_older(connection, needed)
    with _migrating(where, admin) as connection:
        yield connection, _run(connection, target)


def _run(connection: sa.Connection, target: str) -> tuple[str, ...]:
    revision = current_revision(connection)
    run = _between(revision, target)
    if run:
        config = Config()
        config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, target)
    if not revision and (needed := _newest_post_deploy(revision, target)):
        connection.execute(sa.update(compatibility).values(oldest_program=needed))
    return run


def _newest_post_deploy(revision: str, target: str) -> str:
    """Name the newest of the post-deploy migrations beyond one, up to another one; empty for none."""
    return newest([found for found in chain(str(scripts())) if revision < found.revision <= target], POST_DEPLOY)


def _turn_away_older(connection: sa.Connection, needed: str) -> None:
    """Take no programs any more that do not know a migration.

    Raises:
        LogNotReady: such a program works on the log.
    """
    if older := held_by_older(connection, needed):
        raise LogNotReady(
            f"migration {needed} takes away what older programs need, and {', '.join(older)} still run one: replace"
            " them by this program first (one that was killed counts for some seconds more)"
        )
    connection.execute(sa.update(compatibility).values(oldest_program=needed))


def _run_one(path: Path, migration: Migration) -> list[str]:
    """Run the next migration on a log without processes; say where it breaks the promise of its phase."""
    before: Shape | None = None
    if path.exists():
        with closing(SqliteDatabase(path)) as database, database.read() as connection:
            before = shape(connection)
    _migrate(path, None, migration.revision)
    if before is None or migration.phase != PRE_DEPLOY:
        return []
    with closing(SqliteDatabase(path)) as database, database.read() as connection:
        return list(taken_away(before, connection))


def _before_deploy() -> str:
    return newest(chain(str(scripts())), PRE_DEPLOY)


def _head() -> str:
    return chain(str(scripts()))[-1].revision


def _between(revision: str, target: str) -> tuple[str, ...]:
    """Name the migrations beyond one, up to another one."""
    return tuple(found.revision for found in chain(str(scripts())) if revision < found.revision <= target)


if __name__ == "__main__":
    sys.exit("\n".join(differences()) or None)
