"""When a migration may be run: before any process is replaced by the new program, or only once all are.

A migration before the deploy only adds (it expands the tables), so that the programs from before go on working; what they
need is removed or changed after it (which contracts them). Known as expand and contract, or parallel change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

PRE_DEPLOY = "pre-deploy"
"""Adds only, and is run while older programs work on the log."""
POST_DEPLOY = "post-deploy"
"""May take away what older programs need, and is run once there are none."""

_GUARDS = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")


@dataclass(frozen=True)
class Migration:
    """One migration.

    Attributes:
        revision: its number, of four digits; later ones have higher numbers.
        phase: what it says of itself with `phase = ...`, or None.
    """

    revision: str
    phase: object


@dataclass(frozen=True)
class Shape:
    """What a database consists of at some migration."""

    tables: sa.MetaData
    guards: frozenset[tuple[str, str]]


def chain(folder: str) -> tuple[Migration, ...]:
    """Read all migrations, oldest first."""
    scripts = reversed(list(ScriptDirectory(folder).walk_revisions()))
    return tuple(Migration(script.revision, getattr(script.module, "phase", None)) for script in scripts)


def newest(migrations: Sequence[Migration], phase: str) -> str:
    """Name the newest migration of a phase, or return an empty string for none."""
    return next((migration.revision for migration in reversed(migrations) if migration.phase == phase), "")


def chain_faults(migrations: Sequence[Migration]) -> Iterator[str]:
    """Say what is wrong with how migrations are called and with the phases that they state."""
    for number, migration in enumerate(migrations, start=1):
        if migration.revision != f"{number:04}":
            yield f"migration {migration.revision} is to be called {number:04}: programs compare these numbers"
        if migration.phase not in (PRE_DEPLOY, POST_DEPLOY):
            yield f"migration {migration.revision} states no phase: write phase = {PRE_DEPLOY!r} or {POST_DEPLOY!r} in it"


def shape(connection: sa.Connection) -> Shape:
    """Look at a database on SQLite."""
    tables = sa.MetaData()
    tables.reflect(connection)
    return Shape(tables, frozenset(tuple(row) for row in connection.execute(_GUARDS)))


def taken_away(before: Shape, connection: sa.Connection) -> Iterator[str]:
    """Say what a migration has done to a database on SQLite that programs from before could not work with."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    for difference in compare_metadata(context, before.tables):
        match difference:
            case ("remove_table", _):  # undoing it removes what was added
                continue
            case ("remove_index", sa.Index() as index) if not index.unique:
                continue
            case ("remove_column", _, _, sa.Column() as added) if added.nullable or added.server_default is not None:
                continue
            case ("remove_column", _, table, sa.Column() as added):
                yield f"the new column {table}.{added.name} has neither a default nor may it be NULL"
            case _:
                yield f"it does more than add: undoing it takes {difference}"
    yield from (f"it removes or changes the guard {name}" for name, _ in sorted(before.guards - shape(connection).guards))
