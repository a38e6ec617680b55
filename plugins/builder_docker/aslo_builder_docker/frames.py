"""The daemon's stream of a container without a terminal, taken apart. Pure.

Each frame has a header of 8 bytes: the stream's number (1 standard output, 2 standard error), three zeros, and the length as a
big-endian number (Docker Engine API, "Attach to a container", stream format).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

OUTPUT = 1
ERRORS = 2

_HEADER = struct.Struct(">BxxxL")


class Frames:
    """Takes bytes as they come, and gives pieces of the streams that they belong to. Holds back no more than a header."""

    def __init__(self) -> None:
        self._header = b""
        self._stream = 0
        self._left = 0

    def pieces(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Give number of the stream and bytes, as far as they have come.

        Raises:
            ValueError: this is no such stream.
        """
        while data:
            if not self._left:
                wanted = _HEADER.size - len(self._header)
                self._header, data = self._header + data[:wanted], data[wanted:]
                if len(self._header) < _HEADER.size:
                    return
                self._stream, self._left = _HEADER.unpack(self._header)
                self._header = b""
                if self._stream not in (OUTPUT, ERRORS):
                    raise ValueError(f"the daemon sent a piece of stream {self._stream}")
                continue
            piece, data = data[: self._left], data[self._left :]
            self._left -= len(piece)
            yield self._stream, piece
