"""The bytes that are hashed for an event: docs/reference/log-format.md, format 1. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from aslo_core.errors import Permanent

FORMAT = 1
MAX_ENVELOPE = 0xFFFF
"""Longest envelope, in bytes."""
SALT_SIZE = 16
"""Length of a body's salt, in bytes."""
NO_METADATA = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Everything about an event that its leaf commits to.

    Attributes:
        id: UUID in canonical text form.
        stream: name of the stream.
        version: number within the stream, from 1.
        type: stable name of the event's type.
        schema: version of that type, from 1.
        recorded_us: µs since 1970 UTC.
        source: who appended; idempotency keys are unique within it.
        key: idempotency key, or empty.
        actor: opaque id of who asked.
        correlation: id shared by all that follows from one cause.
        causation: id of the event that led to this one, or empty.
        metadata_digest: SHA-256 of the metadata, 32 bytes.
        body_digest: SHA-256(salt ‖ body), 32 bytes.
    """

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
    metadata_digest: bytes
    body_digest: bytes


def encode_envelope(envelope: Envelope) -> bytes:
    """Return the envelope's bytes.

    Raises:
        ValueError: the id is not a UUID in canonical form, or a number is negative or beyond 64 bits.
        Permanent: `log.envelope-too-long`.
    """
    event_id = UUID(envelope.id)
    if str(event_id) != envelope.id:
        raise ValueError(f"event id {envelope.id!r} is not in canonical form, which is {event_id}")
    fields = (
        _integer(FORMAT),
        event_id.bytes,
        envelope.stream.encode(),
        _integer(envelope.version),
        envelope.type.encode(),
        _integer(envelope.schema),
        _integer(envelope.recorded_us),
        envelope.source.encode(),
        envelope.key.encode(),
        envelope.actor.encode(),
        envelope.correlation.encode(),
        envelope.causation.encode(),
        envelope.metadata_digest,
        envelope.body_digest,
    )
    size = sum(2 + len(field) for field in fields)
    if size > MAX_ENVELOPE:
        raise Permanent(
            "log.envelope-too-long",
            f"The envelope of {envelope.type} for stream {envelope.stream[:80]} has {size} bytes, {MAX_ENVELOPE} are allowed.",
            "Shorten the idempotency key and the ids, or move what is long into the event's body.",
        )
    return b"".join(len(field).to_bytes(2, "big") + field for field in fields)


def leaf_hash(envelope: bytes) -> bytes:
    """Hash an envelope as RFC 6962, section 2.1, hashes a leaf: SHA-256(0x00 ‖ envelope)."""
    return sha256(b"\x00" + envelope).digest()


def body_digest(salt: bytes, body: bytes) -> bytes:
    """Commit to a body that can be erased later: SHA-256(salt ‖ body). The salt is 16 bytes, the body uncompressed."""
    return sha256(salt + body).digest()


def _integer(number: int) -> bytes:
    if not 0 <= number < 1 << 64:
        raise ValueError(f"{number} does not fit into 64 bits without a sign")
    return number.to_bytes(8, "big")
