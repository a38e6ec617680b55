"""The log: events, bodies, chunks of build logs, leases, which programs it takes, and the guards."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
phase = "pre-deploy"

SQLITE_GUARDS = (
    """
    CREATE TRIGGER events_are_appended BEFORE INSERT ON events
    WHEN NEW.position IS NOT (SELECT coalesce(max(position), -1) + 1 FROM events)
      OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
      OR NEW.recorded_us < (SELECT recorded_us FROM events ORDER BY position DESC LIMIT 1)
      OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
    BEGIN SELECT RAISE(FAIL, 'the log only grows: an event comes next in the log and in its stream, or not at all'); END
    """,
    """
    CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the log only grows: an event is never changed'); END
    """,
    """
    CREATE TRIGGER events_stay BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the log only grows: an event is never removed'); END
    """,
    """
    CREATE TRIGGER bodies_come_with_their_event BEFORE INSERT ON bodies
    WHEN NEW.position <= (SELECT max(position) FROM bodies)
      OR NOT EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
    BEGIN SELECT RAISE(FAIL, 'the log only grows: a body comes once, with its event, and not again after its erasure'); END
    """,
    """
    CREATE TRIGGER bodies_stay_as_they_are BEFORE UPDATE ON bodies
    BEGIN SELECT RAISE(ABORT, 'the log only grows: a body is never changed'); END
    """,
    """
    CREATE TRIGGER bodies_stay_unless_erased BEFORE DELETE ON bodies
    WHEN NOT EXISTS (SELECT 1 FROM events WHERE type = 'body.erased'
                     AND stream = 'erasure/' || (SELECT id FROM events WHERE position = OLD.position))
      OR EXISTS (SELECT 1 FROM events WHERE position = OLD.position AND type = 'body.erased')
    BEGIN SELECT RAISE(ABORT, 'the log only grows: a body goes only with an event that records its erasure'); END
    """,
)


def upgrade() -> None:
    long = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "events",
        sa.Column("position", long, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", long, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("schema", long, nullable=False),
        sa.Column("recorded_us", long, nullable=False),
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
    keyed = sa.text("key != ''")
    op.create_index("events_key", "events", ["source", "key"], sqlite_where=keyed, postgresql_where=keyed)
    op.create_table(
        "bodies",
        sa.Column("position", long, primary_key=True, autoincrement=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("size", long, nullable=False),
        sa.Column("deflated", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "build_log_chunks",
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("attempt", long, primary_key=True, autoincrement=False),
        sa.Column("number", long, primary_key=True, autoincrement=False),
        sa.Column("offset_us", long, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("expires_us", long, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
    )
    compatibility = op.create_table("compatibility", sa.Column("oldest_program", sa.Text, primary_key=True))
    op.bulk_insert(compatibility, [{"oldest_program": revision}])
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        for guard in SQLITE_GUARDS:
            op.execute(guard)
    else:
        guards = Path(__file__).with_name("0001_log.postgresql.sql").read_text(encoding="utf-8")
        bind.connection.driver_connection.execute(guards)
