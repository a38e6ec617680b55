"""What is to be appended, checked and encoded in the caller's thread, before the log's lock is asked for."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec
import uuid_utils

from aslo_core.errors import Permanent
from aslo_core.events import BodyErased, Cause, Event, Recorded, decode, encode
from aslo_core.log.body import MAX_BODY, deflate
from aslo_core.log.leaf import NO_METADATA, SALT_SIZE, Envelope, body_digest, require_size
from aslo_core.log.names import ERASURES, check_key, check_stream, check_text

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
    """

    id: str
    stream: str
    event: Event
    body: bytes
    salt: bytes
    digest: bytes
    deflated: bytes


class Draft(msgspec.Struct, frozen=True):
    """One append, waiting for its place.

    Attributes:
        expect: stream → version that it must be at.
        erases: id of the event whose body goes with this append, or empty.
    """

    events: tuple[DraftEvent, ...]
    cause: Cause
    key: str
    expect: Mapping[str, int]
    erases: str = ""

    @property
    def correlation(self) -> str:
        """The correlation id given, or the first event's id."""
        return self.cause.correlation or self.events[0].id


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
    for field in ("source", "actor", "correlation", "causation"):
        check_text(field, getattr(cause, field))
    check_text("idempotency key", key)
    check_key("source", cause.source)
    check_key("idempotency key", key)
    for stream in expect:
        check_stream(stream)
    draft = Draft(tuple(_draft_event(entry) for entry in entries), cause, key, dict(expect), erases)
    others = (cause.source, key, cause.actor, draft.correlation, cause.causation)
    for event in draft.events:
        require_size(event.stream, event.event.event_name, *others)
    return draft


def envelope(draft: Draft, event: DraftEvent, *, version: int, recorded_us: int) -> Envelope:
    """Complete an event's envelope with what is known only under the log's lock; its length does not depend on these."""
    return Envelope(
        id=event.id,
        stream=event.stream,
        version=version,
        type=event.event.event_name,
        schema=event.event.event_version,
        recorded_us=recorded_us,
        source=draft.cause.source,
        key=draft.key,
        actor=draft.cause.actor,
        correlation=draft.correlation,
        causation=draft.cause.causation,
        metadata_digest=_NO_METADATA_DIGEST,
        body_digest=event.digest,
    )


def recorded(draft: Draft, event: DraftEvent, *, position: int, version: int, recorded_us: int) -> Recorded:
    """Return an event as readers will see it, with its place in the log."""
    return Recorded(
        position=position,
        id=event.id,
        stream=event.stream,
        version=version,
        recorded_us=recorded_us,
        cause=msgspec.structs.replace(draft.cause, correlation=draft.correlation),
        key=draft.key,
        type=event.event.event_name,
        schema=event.event.event_version,
        event=event.event,
    )


def _draft_event(entry: Entry) -> DraftEvent:
    check_stream(entry.stream)
    body = _encode(entry)
    salt = secrets.token_bytes(SALT_SIZE)
    return DraftEvent(
        id=str(uuid_utils.uuid7()),
        stream=entry.stream,
        event=entry.event,
        body=body,
        salt=salt,
        digest=body_digest(salt, body),
        deflated=deflate(body),
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
