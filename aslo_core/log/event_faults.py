"""What can be wrong with one event as it lies in the log, whatever stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from aslo_core.errors import AsloError
from aslo_core.events import BodyErased, decode
from aslo_core.log.body import inflate
from aslo_core.log.kept_event import KeptBody, KeptEvent
from aslo_core.log.leaf import Envelope, body_digest, encode_envelope, leaf_hash
from aslo_core.log.names import ERASURES
from aslo_core.log.schema import bodies, events


def type_faults(event: KeptEvent) -> Iterator[str]:
    """Tell which columns hold something that their table does not allow: SQLite does not look."""
    strange = [column.name for column in events.c if type(getattr(event, column.name)) is not column.type.python_type]
    if event.body is not None:
        own = (bodies.c.salt, bodies.c.size, bodies.c.deflated)
        strange += [column.name for column in own if type(getattr(event.body, column.name)) is not column.type.python_type]
    if strange:
        yield f"its {', '.join(strange)} are not of the types that the tables have"


def hash_faults(event: KeptEvent) -> Iterator[str]:
    """Hold the leaf against the envelope and, where there is one, the body against its digest."""
    envelope = Envelope(
        id=event.id,
        stream=event.stream,
        version=event.version,
        type=event.type,
        schema=event.schema,
        recorded_us=event.recorded_us,
        source=event.source,
        key=event.key,
        actor=event.actor,
        correlation=event.correlation,
        causation=event.causation,
        metadata_digest=sha256(event.metadata).digest(),
        body_digest=event.body_digest,
    )
    try:
        leaf = leaf_hash(encode_envelope(envelope))
    except (ValueError, AsloError) as error:
        yield f"it has no valid envelope: {error}"
    else:
        if leaf != event.leaf:
            yield f"its leaf is {event.leaf.hex()}, its envelope gives {leaf.hex()}"
    if event.body is not None:
        yield from _body_faults(event, event.body)


def _body_faults(event: KeptEvent, kept: KeptBody) -> Iterator[str]:
    try:
        body = inflate(kept.deflated, kept.size)
    except ValueError as error:
        yield str(error)
        return
    if body_digest(kept.salt, body) != event.body_digest:
        yield "its body is not the one that was recorded"
        return
    if event.type == BodyErased.event_name:
        yield from _record_faults(event, body)


def _record_faults(event: KeptEvent, body: bytes) -> Iterator[str]:
    try:
        record = decode(event.type, event.schema, body)
    except (LookupError, msgspec.MsgspecError) as error:
        yield f"it records an erasure, but cannot be read: {error}"
        return
    if isinstance(record, BodyErased) and event.stream != ERASURES + record.erased:
        yield f"it records the erasure of {record.erased}, but stands in stream {event.stream}"
