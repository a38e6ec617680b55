"""An object of a bucket as a file, of which a piece at a time is fetched."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

PIECE = 4 << 20
"""Bytes that one request fetches. No connection waits for a slow reader, and none is held open for long."""


class FetchedFile(io.RawIOBase):
    """Reads an object from a byte on, by requests of `PIECE` bytes.

    Args:
        fetch: gives the bytes from one position up to another, all of them, or raises Transient.
        start: first byte to be read.
        size: of the object.
    """

    def __init__(self, fetch: Callable[[int, int], memoryview], start: int, size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._next = start
        self._size = size
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        """Yes."""
        return True

    def prefetch(self) -> None:
        """Fetch the next piece, if there is one and none is at hand."""
        if not self._piece and self._next < self._size:
            stop = min(self._next + PIECE, self._size)
            self._piece = self._fetch(self._next, stop)
            self._next = stop

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill `buffer` with what is at hand, after fetching where nothing is.

        Raises:
            Transient: the service did not give the next piece.
        """
        self.prefetch()
        target = memoryview(buffer).cast("B")
        count = min(len(target), len(self._piece))
        target[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count
