"""An event and its body as they lie in the tables, with everything that is hashed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from aslo_core.log.schema import bodies, events

EVENTS = sa.select(events, bodies.c.salt, bodies.c.size, bodies.c.deflated).select_from(
    events.outerjoin(bodies, events.c.position == bodies.c.position)
)
"""Every event with its body, where it has one: rows for `kept_event`."""


class KeptBody(msgspec.Struct, frozen=True, gc=False):
    """The columns of `bodies` but for the position.

    Attributes:
        salt: 16 random bytes.
        size: bytes of the body.
        deflated: the body, compressed unless it has that size.
    """

    salt: bytes
    size: int
    deflated: bytes


class KeptEvent(msgspec.Struct, frozen=True, gc=False):
    """The columns of `events` in their order (docs/reference/log-format.md), and the body, None where that was erased.

    SQLite keeps values of any type: whether these have the types that are declared here, `type_faults` tells.
    """

    position: int
    id: str
    stream: str
    version: int
    type: str
    schema: int
    recorded_us: int
    source: str
    key: str
    actor: str
    correlation: str
    causation: str
    metadata: bytes
    body_digest: bytes
    leaf: bytes
    body: KeptBody | None


def kept_event(row: Iterable[Any]) -> KeptEvent:
    """Make it of a row of `EVENTS`."""
    *columns, salt, size, deflated = row
    columns.append(None if deflated is None else KeptBody(salt, size, deflated))
    return KeptEvent(*columns)
