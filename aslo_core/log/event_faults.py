"""What can be wrong with one event as it lies in the log, whatever stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec
import sqlalchemy as sa

from aslo_core.errors import AsloError
from aslo_core.events import BodyErased, decode
from aslo_core.log.body import inflate
from aslo_core.log.leaf import Envelope, body_digest, encode_envelope, leaf_hash
from aslo_core.log.names import ERASURES
from aslo_core.log.schema import bodies, events

EVENTS = sa.select(events, bodies.c.salt, bodies.c.size, bodies.c.deflated).select_from(
    events.outerjoin(bodies, events.c.position == bodies.c.position)
)
"""Every event with its body, where it has one: the rows that are looked at here."""


def type_faults(row: sa.Row[*tuple[Any, ...]]) -> Iterator[str]:
    """Tell which columns hold something that their table does not allow: SQLite does not look."""
    own = () if row.deflated is None else (bodies.c.salt, bodies.c.size, bodies.c.deflated)
    columns = (*events.c, *own)
    if strange := [column.name for column in columns if type(getattr(row, column.name)) is not column.type.python_type]:
        yield f"its {', '.join(strange)} are not of the types that the tables have"


def hash_faults(row: sa.Row[*tuple[Any, ...]]) -> Iterator[str]:
    """Hold the leaf against the envelope and, where there is one, the body against its digest."""
    envelope = Envelope(
        id=row.id,
        stream=row.stream,
        version=row.version,
        type=row.type,
        schema=row.schema,
        recorded_us=row.recorded_us,
        source=row.source,
        key=row.key,
        actor=row.actor,
        correlation=row.correlation,
        causation=row.causation,
        metadata_digest=sha256(row.metadata).digest(),
        body_digest=row.body_digest,
    )
    try:
        leaf = leaf_hash(encode_envelope(envelope))
    except (ValueError, AsloError) as error:
        yield f"it has no valid envelope: {error}"
    else:
        if leaf != row.leaf:
            yield f"its leaf is {row.leaf.hex()}, its envelope gives {leaf.hex()}"
    if row.deflated is not None:
        yield from _body_faults(row)


def _body_faults(row: sa.Row[*tuple[Any, ...]]) -> Iterator[str]:
    try:
        body = inflate(row.deflated, row.size)
    except ValueError as error:
        yield str(error)
        return
    if body_digest(row.salt, body) != row.body_digest:
        yield "its body is not the one that was recorded"
        return
    if row.type == BodyErased.event_name:
        yield from _record_faults(row, body)


def _record_faults(row: sa.Row[*tuple[Any, ...]], body: bytes) -> Iterator[str]:
    try:
        record = decode(row.type, row.schema, body)
    except (LookupError, msgspec.MsgspecError) as error:
        yield f"it records an erasure, but cannot be read: {error}"
        return
    if isinstance(record, BodyErased) and row.stream != ERASURES + record.erased:
        yield f"it records the erasure of {record.erased}, but stands in stream {row.stream}"
