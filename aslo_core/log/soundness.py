"""Whether a log is worth opening, as far as can be told at once however long it is. `verify` looks at everything."""

from __future__ import annotations

from itertools import chain

import sqlalchemy as sa

from aslo_core.log.event_faults import hash_faults, type_faults
from aslo_core.log.kept_event import EVENTS, kept_event
from aslo_core.log.schema import events


def fault_at_an_end(connection: sa.Connection) -> str:
    """Hold the oldest and the newest event against their hashes; say what is wrong, or return an empty text."""
    for order in (events.c.position.asc(), events.c.position.desc()):
        row = connection.execute(EVENTS.order_by(order).limit(1)).one_or_none()
        if row is None:
            continue
        event = kept_event(row)
        if fault := next(chain(type_faults(event), hash_faults(event)), ""):
            return f"the event at position {event.position} is not as it was recorded: {fault}"
    return ""
