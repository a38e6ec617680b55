"""What a confined program writes: taken piece by piece, counted, and kept up to a limit."""

from __future__ import annotations

from typing import BinaryIO

from aslo_core.confined.inside.order import READY
from aslo_core.types import LogSink

_TAIL = 1 << 14
_COUNT_UP_TO = 4


class BundleStream:
    """Keeps standard output up to a limit and counts all of it.

    Args:
        file: where it is kept.
        limit: bytes to keep.
    """

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self.count = 0
        self._file = file
        self._limit = limit

    @property
    def hopeless(self) -> bool:
        """Whether it is so far beyond the limit (four times) that its true size is of no interest."""
        return self.count > self._limit * _COUNT_UP_TO

    @property
    def room(self) -> int:
        """How much more is worth reading."""
        return self._limit * _COUNT_UP_TO + 1

    def __call__(self, piece: bytes) -> None:
        """Take a piece of output."""
        self._file.write(piece[: max(0, self._limit - self.count)])
        self.count += len(piece)


class LogStream:
    """Passes standard error on up to a limit, and keeps its end.

    Args:
        sink: where it goes.
        limit: bytes to pass on.
    """

    def __init__(self, sink: LogSink, limit: int) -> None:
        self.tail = b""
        self._sink = sink
        self._limit = limit
        self._count = 0

    def __call__(self, piece: bytes) -> None:
        """Take a piece of log."""
        if passed := piece[: max(0, self._limit - self._count)]:
            self._sink(passed)
        self._count += len(piece)
        self.tail = (self.tail + piece)[-_TAIL:]

    def close(self) -> None:
        """Say what was left out."""
        if (dropped := self._count - self._limit) > 0:
            self._sink(f"\n[{dropped} bytes of log beyond the limit of {self._limit} bytes were dropped]\n".encode())


class ReadyStream:
    """Hears whether the program was confined and started."""

    def __init__(self) -> None:
        self._heard = b""

    @property
    def said(self) -> bool:
        """Whether it said `READY`, and nothing else."""
        return self._heard == READY

    def __call__(self, piece: bytes) -> None:
        """Take a piece of what it says."""
        self._heard = (self._heard + piece)[: len(READY) + 1]
