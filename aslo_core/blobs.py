"""What every storage does the same way: judge a name that came from outside, and read a file while checking what it is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aslo_core.errors import Permanent, Transient
from aslo_core.types import Blob

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 1 << 18
_PREFIX = len("ab/")
_DIGEST = 64


def is_blob_name(name: str) -> bool:
    """Whether `name` is one that `Blob.name` gives, and so safe as a path and in a command."""
    digest, suffix = name[_PREFIX : _PREFIX + _DIGEST], name[_PREFIX + _DIGEST :]
    try:
        return Blob(digest=digest, size=0, suffix=suffix).name == name
    except ValueError:
        return False


def checked_blob_name(name: str) -> str:
    """Return `name` as it is.

    Raises:
        Permanent: it is not the name of a blob (rule `storage.name-malformed`).
    """
    if not is_blob_name(name):
        raise Permanent(
            "storage.name-malformed",
            f"{name!r} is not the name of a stored object.",
            "Write two digits, a slash, the 64 digits of the SHA-256 and the suffix, as in `ab/ab…09.xo`.",
        )
    return name


def chunks(blob: Blob, path: Path) -> Iterator[bytes]:
    """Read the file at `path` in pieces of 256 KiB, for a storage that checks what it has kept.

    Raises:
        Permanent: there is no such file, or it is larger than `blob` (rule `storage.file-changed`).
        Transient: it cannot be read.
    """
    seen = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                seen += len(chunk)
                if seen > blob.size:
                    raise _changed(blob, path, f"is larger than {blob.size} bytes")
                yield chunk
    except FileNotFoundError:
        raise _changed(blob, path, "is not there") from None
    except OSError as error:
        raise Transient(f"cannot read {path}: {error.strerror}") from error


def checked_chunks(blob: Blob, path: Path) -> Iterator[bytes]:
    """Read the file at `path` in pieces of 256 KiB.

    Only the end, reached without an error, tells that they were the bytes of `blob`.

    Raises:
        Permanent: there is no such file, or it has another size or digest than `blob` (rule `storage.file-changed`).
        Transient: it cannot be read.
    """
    seen, digest = 0, hashlib.sha256()
    for chunk in chunks(blob, path):
        seen += len(chunk)
        digest.update(chunk)
        yield chunk
    if seen != blob.size:
        raise _changed(blob, path, f"has {seen} bytes instead of {blob.size}")
    if digest.hexdigest() != blob.digest:
        raise _changed(blob, path, f"has the SHA-256 {digest.hexdigest()} instead of {blob.digest}")


def check_file(blob: Blob, path: Path) -> None:
    """Make sure that the file at `path` has the bytes of `blob`: when other ones were kept, this tells whose fault it is.

    Raises:
        Permanent, Transient: as `checked_chunks`.
    """
    for _ in checked_chunks(blob, path):
        pass


def _changed(blob: Blob, path: Path, found: str) -> Permanent:
    return Permanent(
        "storage.file-changed",
        f"The file {path.name} that was to be stored as {blob.name} {found}.",
        "Something else wrote to it or removed it; make it anew and store that.",
    )
