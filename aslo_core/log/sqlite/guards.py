"""The triggers that let the log only grow, on SQLite.

`INSERT OR REPLACE` and `UPDATE OR REPLACE` delete rows without a DELETE trigger being asked, so it is the BEFORE INSERT and
BEFORE UPDATE triggers that refuse them. Whoever may write the file can drop a trigger: that is noticed when the log is opened,
and what was changed meanwhile by `verify` and by proofs.

Those on inserts say FAIL, and not ABORT as the others: a statement that may be undone alone costs twice the time. What such a
statement had inserted before it failed were events that came next.
"""

from __future__ import annotations

import sqlalchemy as sa

GUARDS = {
    "events_are_appended": """
        CREATE TRIGGER events_are_appended BEFORE INSERT ON events
        WHEN NEW.position IS NOT (SELECT coalesce(max(position), -1) + 1 FROM events)
          OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
          OR NEW.recorded_us < (SELECT recorded_us FROM events ORDER BY position DESC LIMIT 1)
          OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
        BEGIN SELECT RAISE(FAIL, 'the log only grows: an event comes next in the log and in its stream, or not at all'); END
    """,
    "events_stay_as_they_are": """
        CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'the log only grows: an event is never changed'); END
    """,
    "events_stay": """
        CREATE TRIGGER events_stay BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'the log only grows: an event is never removed'); END
    """,
    "bodies_come_with_their_event": """
        CREATE TRIGGER bodies_come_with_their_event BEFORE INSERT ON bodies
        WHEN NEW.position <= (SELECT max(position) FROM bodies)
          OR NOT EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
        BEGIN SELECT RAISE(FAIL, 'the log only grows: a body comes once, with its event, and not again after its erasure'); END
    """,
    "bodies_stay_as_they_are": """
        CREATE TRIGGER bodies_stay_as_they_are BEFORE UPDATE ON bodies
        BEGIN SELECT RAISE(ABORT, 'the log only grows: a body is never changed'); END
    """,
    "bodies_stay_unless_erased": """
        CREATE TRIGGER bodies_stay_unless_erased BEFORE DELETE ON bodies
        WHEN NOT EXISTS (SELECT 1 FROM events WHERE type = 'body.erased'
                         AND stream = 'erasure/' || (SELECT id FROM events WHERE position = OLD.position))
          OR EXISTS (SELECT 1 FROM events WHERE position = OLD.position AND type = 'body.erased')
        BEGIN SELECT RAISE(ABORT, 'the log only grows: a body goes only with an event that records its erasure'); END
    """,
}
"""Name of each trigger → the statement that creates it."""


def missing_guards(connection: sa.Connection) -> list[str]:
    """Name the guards that are absent, or are not exactly what they should be."""
    rows = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    found = {name: _words(sql) for name, sql in rows}
    return sorted(name for name, statement in GUARDS.items() if found.get(name) != _words(statement))


def _words(statement: str) -> list[str]:
    return statement.split()
