"""A file on its way to a bucket: cut into parts, and the tag that the service gives to them."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PART = 8 << 20
"""Bytes that one request uploads at most; a larger object goes up in parts of so many."""

_MEDIA_TYPES = {
    ".xo": "application/vnd.olpc-sugar",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}


def attributes(name: str, *, shared: bool) -> dict[str, str]:
    """Headers that an object is served with.

    Args:
        name: of the object.
        shared: whether caches that serve several people, such as a CDN, may keep it.
    """
    headers = {"Cache-Control": f"{'public' if shared else 'private'}, max-age=31536000, immutable"}
    if known := _MEDIA_TYPES.get(PurePosixPath(name).suffix):
        return headers | {"Content-Type": known}
    # Downloaded, not shown: an SVG picture, for example, could act on the CDN's pages. SeaweedFS guesses a type all the same.
    return headers | {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}


class Tag:
    """What the service answers as `ETag` to an upload, for those that make it of MD5 sums, as nearly all do.

    Amazon S3, "Checking object integrity": the MD5 of the bytes, or of the MD5 sums of the parts with their number. It finds
    faults of a server, not forgeries.
    """

    def __init__(self) -> None:
        self._sums: list[bytes] = []

    def of_whole(self, data: bytes) -> str:
        """Tag of an object that went up in one request."""
        return _md5(data).hex()

    def pass_on(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        """Give the parts as they are, and remember their sums."""
        for part in parts:
            self._sums.append(_md5(part))
            yield part

    def of_parts(self) -> str:
        """Tag of the object that the parts make that were passed on."""
        return f"{_md5(b''.join(self._sums)).hex()}-{len(self._sums)}"


def cut(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Join chunks and cut them into parts of exactly `size` bytes; the last one may be shorter."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
