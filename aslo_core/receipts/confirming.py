"""Reads an object back and holds it against its name."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import closing

from aslo_core.errors import Permanent, Transient
from aslo_core.receipts.public import read_public
from aslo_core.types import Blob, Storage

BACKEND, PUBLIC = "backend", "public"
"""How a copy is read back: as ASLO reads it itself, or through its public address as everybody does."""

_PIECE = 256 * 1024


class Missing(Transient):
    """The storage does not have the object, or does not have it yet."""


class Altered(Permanent):
    """The storage has other bytes under the object's name (rule `storage.altered`)."""


def confirm(storage: Storage, blob: Blob, verify: str) -> None:
    """Read an object back from its first byte to its last, and make sure that it is what its name says.

    Args:
        storage: where it lies.
        blob: the object.
        verify: `backend` or `public`.

    Raises:
        Missing: it is not there.
        Altered: other bytes are.
        Transient: it cannot be read now.
        Permanent: it can never be read in this way as the storage is configured.
    """
    pieces = _from_address(storage, blob) if verify == PUBLIC else read_backend(storage, blob)
    seen, digest = 0, hashlib.sha256()
    try:
        with closing(pieces):
            for piece in pieces:
                digest.update(piece)
                seen += len(piece)
                if seen > blob.size:
                    raise _not_as_stored(blob, f"more than {blob.size} bytes")
    except Transient as reason:
        _look_closer(storage, blob, reason)
        raise
    if seen != blob.size:
        raise _not_as_stored(blob, f"{seen} bytes in place of {blob.size}")
    if digest.hexdigest() != blob.digest:
        raise _not_as_stored(blob, f"bytes with the SHA-256 {digest.hexdigest()}")


def read_backend(storage: Storage, blob: Blob) -> Generator[bytes]:
    """Yield the bytes of an object as its storage gives them, a piece at a time.

    Raises:
        Missing: it is not there.
        Transient: it cannot be read now.
    """
    try:
        with closing(storage.open(blob)) as file:
            while piece := file.read(_PIECE):
                yield piece
    except KeyError:
        raise Missing(f"{blob.name} is not there") from None
    except OSError as reason:
        raise Transient(f"{blob.name} cannot be read: {reason.strerror or reason}") from reason


def _from_address(storage: Storage, blob: Blob) -> Generator[bytes]:
    address = storage.address(blob)
    if address is None:
        raise Permanent(
            "storage.address-refused",
            f"{blob.name} has no public address there.",
            'Write verify = "backend", or give the storage a public address.',
        )
    yield from read_public(address, blob.size)


def _look_closer(storage: Storage, blob: Blob, reason: Transient) -> None:
    """Find out why an object cannot be read: a storage may refuse one of another size, and an address one that is not there."""
    size = storage.stat(blob.name)
    if size is None:
        raise Missing(f"{blob.name} is not there") from reason
    if size != blob.size:
        raise _not_as_stored(blob, f"{size} bytes in place of {blob.size}") from reason


def _not_as_stored(blob: Blob, found: str) -> Altered:
    return Altered(
        "storage.altered",
        f"{blob.name} was read back and has {found}.",
        "Find out what changes or replaces it there, then run `aslo storage verify`, which mends it from another storage.",
    )
