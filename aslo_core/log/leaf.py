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
_HEAD = _INTEGER.pack(8, FORMAT) + _LENGTH.pack(16)
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


class Unplaced(msgspec.Struct, frozen=True, gc=False):
    """The bytes of an envelope but for its version and its time, which are known only once the event has its place.

    Attributes:
        before: what stands before the version.
        between: what stands between version and time.
        behind: what stands behind the time.
    """

    before: bytes
    between: bytes
    behind: bytes

    def placed(self, version: int, recorded_us: int) -> bytes:
        """Return the whole envelope.

        Raises:
            ValueError: a number does not fit into 64 bits.
        """
        return b"".join((self.before, _number(version), self.between, _number(recorded_us), self.behind))


def unplaced(id_: bytes, stream: str, kind: str, schema: int, shared: bytes, body_digest: bytes) -> Unplaced:
    """Encode what does not depend on an event's place.

    Args:
        id_: the 16 bytes of its UUID.
        stream: name of the stream.
        kind: name of the event's type.
        schema: version of that type.
        shared: what it has in common with the other events of its append, of `shared_fields`.
        body_digest: SHA-256(salt ‖ body), 32 bytes.

    Raises:
        ValueError: a number does not fit into 64 bits.
        Permanent: `log.envelope-too-long`.
    """
    found = Unplaced(_HEAD + id_ + _text(stream), _text(kind) + _number(schema), shared + _DIGEST_LENGTH + body_digest)
    size = len(found.before) + len(found.between) + len(found.behind) + 2 * _INTEGER.size
    if size > MAX_ENVELOPE:
        raise _too_long(f"The envelope of {kind} for stream {stream[:80]}", size)
    return found


def shared_fields(*texts: str, metadata_digest: bytes) -> bytes:
    """Encode what the events of one append have in common.

    Args:
        texts: source, key, actor, correlation and causation.
        metadata_digest: SHA-256 of the metadata, 32 bytes.

    Raises:
        Permanent: `log.envelope-too-long`.
    """
    return b"".join((*map(_text, texts), _DIGEST_LENGTH, metadata_digest))


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
    texts = (envelope.source, envelope.key, envelope.actor, envelope.correlation, envelope.causation)
    shared = shared_fields(*texts, metadata_digest=envelope.metadata_digest)
    id_ = bytes.fromhex(envelope.id.replace("-", ""))
    parts = unplaced(id_, envelope.stream, envelope.type, envelope.schema, shared, envelope.body_digest)
    return parts.placed(envelope.version, envelope.recorded_us)


def leaf_hash(envelope: bytes) -> bytes:
    """Hash an envelope as RFC 6962, section 2.1, hashes a leaf: SHA-256(0x00 ‖ envelope)."""
    return sha256(b"\x00" + envelope).digest()


def body_digest(salt: bytes, body: bytes) -> bytes:
    """Commit to a body that can be erased later: SHA-256(salt ‖ body). The salt is 16 bytes, the body uncompressed."""
    return sha256(salt + body).digest()


def _text(text: str) -> bytes:
    content = text.encode()
    if len(content) > MAX_ENVELOPE:
        raise _too_long(f"A text that begins with {text[:80]!r}", len(content))
    return _LENGTH.pack(len(content)) + content


def _number(number: int) -> bytes:
    try:
        return _INTEGER.pack(8, number)
    except struct.error as error:
        raise ValueError(f"{number} does not fit into 64 bits without a sign") from error


def _too_long(what: str, size: int) -> Permanent:
    return Permanent(
        "log.envelope-too-long",
        f"{what} has {size} bytes, {MAX_ENVELOPE} are allowed.",
        "Shorten the idempotency key and the ids, or move what is long into the event's body.",
    )
