"""Brings log.db to the tables of this program. Imports alembic, so it is imported only where a database is migrated."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import aslo_core
from aslo_core.log.errors import LogNotReady
from aslo_core.log.schema import REVISION, metadata
from aslo_core.log.sqlite import Database, current_revision, translated
from aslo_core.log.sqlite_guards import missing_guards


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


def pending(path: Path) -> tuple[str, ...]:
    """Name the migrations that a log still needs, in the order in which `upgrade` would run them.

    Raises:
        LogNotReady: the log was written by a newer ASLO.
        LogUnavailable: it cannot be read.
    """
    if not path.exists():
        return _after("", path)
    database = Database(path)
    with closing(database), database.read() as connection:
        return _after(current_revision(connection), path)


def is_new(path: Path) -> bool:
    """Whether there is no log yet: no file, or one without tables, as a start that was interrupted leaves it.

    Raises:
        LogUnavailable: it cannot be read.
    """
    if not path.exists():
        return True
    database = Database(path)
    with closing(database), database.read() as connection:
        return not current_revision(connection)


def upgrade(path: Path) -> tuple[str, ...]:
    """Create the log, or bring it to the tables of this program, in one transaction; name the migrations that were run.

    Raises:
        LogNotReady: the log was written by a newer ASLO.
        LogUnavailable: it cannot be written.
    """
    with translated(path), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    database = Database(path)
    with closing(database), database.write() as connection:
        run = _after(current_revision(connection), path)
        if run:
            config = Config()
            config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return run


def differences() -> list[str]:
    """Compare what the migrations make with the tables and guards that the program expects; nothing is good."""
    head = ScriptDirectory(str(scripts())).get_current_head()
    found = [] if head == REVISION else [f"the newest migration is {head}, the tables say {REVISION}"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        upgrade(path)
        database = Database(path)
        with closing(database), database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
            found += [
                f"the migrations lack, or have too much: {difference}" for difference in compare_metadata(context, metadata)
            ]
            found += [
                f"the migrations make another guard than the program expects: {name}" for name in missing_guards(connection)
            ]
    return found


def _after(revision: str, path: Path) -> tuple[str, ...]:
    known = [script.revision for script in ScriptDirectory(str(scripts())).walk_revisions()]
    known.reverse()
    if not revision:
        return tuple(known)
    if revision not in known:
        raise LogNotReady(f"the log {path} is at migration {revision}, which a newer ASLO has made: use that one")
    return tuple(known[known.index(revision) + 1 :])


if __name__ == "__main__":
    sys.exit("\n".join(differences()) or None)
