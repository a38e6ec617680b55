"""The bytes that are hashed for an event: docs/reference/log-format.md, format 1. Pure."""

from __future__ import annotations

import re
import struct
from hashlib import sha256

import msgspec

from aslo_core.errors import Permanent

FORMAT = 1
MAX_ENVELOPE = 0xFFFF
"""Longest envelope, in bytes."""
SALT_SIZE = 16
"""Length of a body's salt, in bytes."""
NO_METADATA = b"{}"
_LENGTH = struct.Struct(">H")
_INTEGER = struct.Struct(">HQ")
_DIGEST_SIZE = 32
_DIGEST_LENGTH = _LENGTH.pack(_DIGEST_SIZE)
_FIXED_SIZE = 14 * 2 + 4 * 8 + 16 + 2 * _DIGEST_SIZE
"""Bytes of an envelope beside its texts: fourteen lengths, four integers, the id, two digests."""
_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
        ValueError: the id is not a UUID in canonical form, a digest has not 32 bytes, or a number does not fit into 64 bits.
        Permanent: `log.envelope-too-long`.
    """
    if len(envelope.metadata_digest) != _DIGEST_SIZE or len(envelope.body_digest) != _DIGEST_SIZE:
        raise ValueError(f"a digest has {_DIGEST_SIZE} bytes")
    if not _CANONICAL.fullmatch(envelope.id):
        raise ValueError(f"event id {envelope.id!r} is not a UUID in its canonical form: lower-case digits with four hyphens")
    try:
        encoded = b"".join(
            (
                _INTEGER.pack(8, FORMAT),
                _LENGTH.pack(16),
                bytes.fromhex(envelope.id.replace("-", "")),
                _text(envelope.stream),
                _INTEGER.pack(8, envelope.version),
                _text(envelope.type),
                _INTEGER.pack(8, envelope.schema),
                _INTEGER.pack(8, envelope.recorded_us),
                _text(envelope.source),
                _text(envelope.key),
                _text(envelope.actor),
                _text(envelope.correlation),
                _text(envelope.causation),
                _DIGEST_LENGTH,
                envelope.metadata_digest,
                _DIGEST_LENGTH,
                envelope.body_digest,
            )
        )
    except struct.error as error:
        _require_size(envelope)
        raise ValueError("a version, schema version or time does not fit into 64 bits without a sign") from error
    if len(encoded) > MAX_ENVELOPE:
        _require_size(envelope)
    return encoded


def require_size(stream: str, kind: str, *others: str) -> None:
    """Make sure that an envelope will not be too long, before its version and time are known, which do not make it longer.

    Args:
        stream: name of the stream.
        kind: name of the event's type.
        others: source, key, actor, correlation and causation.

    Raises:
        Permanent: `log.envelope-too-long`.
    """
    size = _FIXED_SIZE + len(stream.encode()) + len(kind.encode()) + sum(len(text.encode()) for text in others)
    if size > MAX_ENVELOPE:
        raise Permanent(
            "log.envelope-too-long",
            f"The envelope of {kind} for stream {stream[:80]} has {size} bytes, {MAX_ENVELOPE} are allowed.",
            "Shorten the idempotency key and the ids, or move what is long into the event's body.",
        )


def leaf_hash(envelope: bytes) -> bytes:
    """Hash an envelope as RFC 6962, section 2.1, hashes a leaf: SHA-256(0x00 ‖ envelope)."""
    return sha256(b"\x00" + envelope).digest()


def body_digest(salt: bytes, body: bytes) -> bytes:
    """Commit to a body that can be erased later: SHA-256(salt ‖ body). The salt is 16 bytes, the body uncompressed."""
    return sha256(salt + body).digest()


def _text(text: str) -> bytes:
    content = text.encode()
    return _LENGTH.pack(len(content)) + content


def _require_size(envelope: Envelope) -> None:
    others = (envelope.source, envelope.key, envelope.actor, envelope.correlation, envelope.causation)
    require_size(envelope.stream, envelope.type, *others)
