"""How a body lies in the log: deflated, never trusted to inflate to what it claims. Pure."""

from __future__ import annotations

import zlib

MAX_BODY = 16 * 1024 * 1024
"""Longest body, in bytes before compression."""


def deflate(body: bytes) -> bytes:
    """Compress a body (zlib, RFC 1950)."""
    return zlib.compress(body)


def inflate(deflated: bytes, size: int) -> bytes:
    """Restore a body, never taking more memory than its recorded size.

    Raises:
        ValueError: it is damaged, or not of that size.
    """
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(deflated, size + 1)
    except zlib.error as error:
        raise ValueError(f"body cannot be inflated: {error}") from error
    if len(body) != size or not inflater.eof or inflater.unused_data:
        raise ValueError(f"body does not inflate to its recorded size of {size} bytes")
    return body
