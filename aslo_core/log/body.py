"""How a body lies in the log: deflated when it is long, never trusted to inflate to what it claims. Pure."""

from __future__ import annotations

import zlib

MAX_BODY = 16 * 1024 * 1024
"""Longest body, in bytes before compression."""
WORTH_DEFLATING = 2048
"""Bytes from which on a body is compressed."""


def deflate(body: bytes) -> bytes:
    """Give a body the form in which it lies in the log: compressed (zlib, RFC 1950) where it is long and that is shorter.

    Inflating a short one would cost a reader more than reading some bytes more.
    """
    if len(body) < WORTH_DEFLATING:
        return body
    deflated = zlib.compress(body, level=1)
    return deflated if len(deflated) < len(body) else body


def inflate(deflated: bytes, size: int) -> bytes:
    """Restore a body, never taking more memory than its recorded size; one of that size already lies there as it is.

    Raises:
        ValueError: it is damaged, or not of that size.
    """
    if len(deflated) == size:
        return deflated
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(deflated, size + 1)
    except zlib.error as error:
        raise ValueError(f"body cannot be inflated: {error}") from error
    if len(body) != size or not inflater.eof or inflater.unused_data:
        raise ValueError(f"body does not inflate to its recorded size of {size} bytes")
    return body
