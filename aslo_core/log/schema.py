"""The tables of log.db. `migrations/` creates them; `make check` compares the two."""

from __future__ import annotations

import sqlalchemy as sa

REVISION = "0001"
"""The newest migration that this program knows; all of them together make these tables."""
REQUIRED = "0001"
"""The newest pre-deploy migration that it knows: it does not work on a log that lacks it."""

_Long = sa.BigInteger().with_variant(sa.Integer, "sqlite")

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("position", _Long, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("version", _Long, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("schema", _Long, nullable=False),
    sa.Column("recorded_us", _Long, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("correlation", sa.Text, nullable=False),
    sa.Column("causation", sa.Text, nullable=False),
    sa.Column("metadata", sa.LargeBinary, nullable=False),
    sa.Column("body_digest", sa.LargeBinary, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("id", name="events_id"),
    sa.UniqueConstraint("stream", "version", name="events_stream_version"),
)
sa.Index(
    "events_key",
    events.c.source,
    events.c.key,
    sqlite_where=events.c.key != "",
    postgresql_where=events.c.key != "",
)

bodies = sa.Table(
    "bodies",
    metadata,
    sa.Column("position", _Long, primary_key=True, autoincrement=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("size", _Long, nullable=False),
    sa.Column("deflated", sa.LargeBinary, nullable=False),
)

build_log_chunks = sa.Table(
    "build_log_chunks",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("attempt", _Long, primary_key=True, autoincrement=False),
    sa.Column("number", _Long, primary_key=True, autoincrement=False),
    sa.Column("offset_us", _Long, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires_us", _Long, nullable=False),
    sa.Column("program", sa.Text, nullable=False),
)

compatibility = sa.Table(
    "compatibility",
    metadata,
    sa.Column("oldest_program", sa.Text, primary_key=True),
)
"""One row: the newest migration that a program has to know to work on this log."""


def current_revision(connection: sa.Connection) -> str:
    """Name the migration that a database is at, or return an empty string for one without tables."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or ""


def misfit(connection: sa.Connection) -> str:
    """Say why this program cannot work on the tables of a database, and what to do; empty where it can.

    A newer program's pre-deploy migrations are no obstacle, its post-deploy ones are.
    """
    revision = current_revision(connection)
    if revision < REQUIRED:
        command = "aslo db upgrade --as" if connection.dialect.name == "postgresql" else "aslo db upgrade"
        if not revision:
            return f"has no tables yet, or none that are shown to us: make them with `{command}`"
        return (
            f"is at migration {revision}, this program needs {REQUIRED}:"
            f" run `{command}`, with the newest ASLO that has written to this log"
        )
    if (
        revision > REVISION
        and (oldest := connection.execute(sa.select(compatibility.c.oldest_program)).scalar_one()) > REVISION
    ):
        return (
            f"is at migration {revision} of a newer ASLO, and takes only programs that know {oldest}; this one knows"
            f" {REVISION}: run that newer one"
        )
    return ""
