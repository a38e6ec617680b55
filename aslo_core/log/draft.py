"""What is to be appended, checked and encoded in the caller's thread, before the log's lock is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from ssl import RAND_bytes

import msgspec
import uuid_utils

from aslo_core.errors import Permanent
from aslo_core.events import BodyErased, Cause, Event, Recorded, decode, encode
from aslo_core.log.body import MAX_BODY, deflate
from aslo_core.log.leaf import NO_METADATA, SALT_SIZE, Unplaced, body_digest, shared_fields, unplaced
from aslo_core.log.names import ERASURES, check_key, check_stream, check_texts

_NO_METADATA_DIGEST = sha256(NO_METADATA).digest()


@dataclass(frozen=True)
class Entry:
    """One event for one stream."""

    stream: str
    event: Event


class DraftEvent(msgspec.Struct, frozen=True, gc=False):
    """An event with everything that does not depend on its place in the log.

    Attributes:
        id: its UUID, version 7.
        body: the encoded bytes, which are hashed with the salt.
        deflated: the body as it will lie in the log.
        envelope: its envelope, but for its place.
    """

    id: str
    stream: str
    event: Event
    body: bytes
    salt: bytes
    digest: bytes
    deflated: bytes
    envelope: Unplaced


class Draft(msgspec.Struct, frozen=True):
    """One append, waiting for its place.

    Attributes:
        cause: why and by whom; its correlation is the first event's id where the caller gave none.
        expect: stream → version that it must be at.
        erases: id of the event whose body goes with this append, or empty.
    """

    events: tuple[DraftEvent, ...]
    cause: Cause
    key: str
    expect: Mapping[str, int]
    erases: str = ""


def draft_append(entries: Sequence[Entry], cause: Cause, expect: Mapping[str, int], key: str) -> Draft:
    """Check and encode an append.

    Raises:
        ValueError: there is nothing to append.
        Permanent: something in it can never stand in the log.
    """
    for entry in entries:
        if entry.stream.startswith(ERASURES) or isinstance(entry.event, BodyErased):
            raise Permanent("log.erasure", f"An erasure ({entry.stream}) was to be appended by hand.", "Use EventLog.erase.")
    return _draft(entries, cause, expect, key)


def draft_erasure(event_id: str, reason: str, cause: Cause) -> Draft:
    """Check and encode the record that the body of an event is erased."""
    stream = ERASURES + event_id
    return _draft([Entry(stream, BodyErased(erased=event_id, reason=reason))], cause, {stream: 0}, "", erases=event_id)


def _draft(entries: Sequence[Entry], cause: Cause, expect: Mapping[str, int], key: str, erases: str = "") -> Draft:
    if not entries:
        raise ValueError("an append needs at least one event")
    texts = {"source": cause.source, "actor": cause.actor, "correlation": cause.correlation, "causation": cause.causation}
    check_texts({"idempotency key": key, **texts})
    check_key("source", cause.source)
    check_key("idempotency key", key)
    for stream in expect:
        check_stream(stream)
    ids = [uuid_utils.uuid7() for _ in entries]
    if not cause.correlation:
        cause = msgspec.structs.replace(cause, correlation=str(ids[0]))
    fields = (cause.source, key, cause.actor, cause.correlation, cause.causation)
    shared = shared_fields(*fields, metadata_digest=_NO_METADATA_DIGEST)
    drafted = tuple(_draft_event(id_, entry, shared) for id_, entry in zip(ids, entries, strict=True))
    return Draft(drafted, cause, key, dict(expect), erases)


def recorded(draft: Draft, event: DraftEvent, *, position: int, version: int, recorded_us: int) -> Recorded:
    """Return an event as readers will see it, with its place in the log."""
    return Recorded(
        position=position,
        id=event.id,
        stream=event.stream,
        version=version,
        recorded_us=recorded_us,
        cause=draft.cause,
        key=draft.key,
        type=event.event.event_name,
        schema=event.event.event_version,
        event=event.event,
    )


def _draft_event(id_: uuid_utils.UUID, entry: Entry, shared: bytes) -> DraftEvent:
    check_stream(entry.stream)
    event = entry.event
    body = _encode(entry)
    salt = RAND_bytes(SALT_SIZE)  # which keeps the interpreter lock, unlike os.urandom: other threads would take it
    digest = body_digest(salt, body)
    return DraftEvent(
        id=str(id_),
        stream=entry.stream,
        event=event,
        body=body,
        salt=salt,
        digest=digest,
        deflated=deflate(body),
        envelope=unplaced(id_.bytes, entry.stream, event.event_name, event.event_version, shared, digest),
    )


def _encode(entry: Entry) -> bytes:
    """Encode an event, and make sure that it can be read back: what is in the log stays there."""
    name = getattr(entry.event, "event_name", type(entry.event).__name__)
    try:
        body = encode(entry.event)
        restored = decode(name, getattr(entry.event, "event_version", 0), body)
    except (LookupError, TypeError, ValueError, msgspec.MsgspecError) as error:
        raise _unencodable(name, entry.stream, str(error)) from error
    if restored != entry.event:
        raise _unencodable(name, entry.stream, "it reads back as something else")
    if len(body) > MAX_BODY:
        raise _unencodable(name, entry.stream, f"its body has {len(body)} bytes, {MAX_BODY} are allowed")
    return body


def _unencodable(name: str, stream: str, found: str) -> Permanent:
    return Permanent(
        "log.event",
        f"The event {name} for stream {stream} cannot be recorded: {found}.",
        "Give each field a value of its declared type, and register the type with @recorded.",
    )
