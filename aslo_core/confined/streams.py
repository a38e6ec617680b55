"""What a confined program writes: taken piece by piece, counted, and kept up to a limit."""

from __future__ import annotations

from time import monotonic
from typing import BinaryIO

from aslo_core.confined.inside.order import READY
from aslo_core.types import LogSink

_TAIL = 1 << 14
_AT_ONCE = 1 << 16
_APART_S = 0.1
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

    Whoever keeps it pays for each piece, and the program decides how small these are. So they are gathered: up to 64 KiB, or
    until a tenth of a second has gone by since something was passed on. Call `heed_clock` again and again while the program
    says nothing more, and `close` at its end, whatever that was.

    Args:
        sink: where it goes.
        limit: bytes to pass on.
    """

    def __init__(self, sink: LogSink, limit: int) -> None:
        self.tail = b""
        self._sink = sink
        self._limit = limit
        self._count = 0
        self._gathered = bytearray()
        self._due = monotonic()

    def __call__(self, piece: bytes) -> None:
        """Take a piece of log."""
        self._gathered += piece[: max(0, self._limit - self._count)]
        self._count += len(piece)
        self.tail = (self.tail + piece)[-_TAIL:]
        while len(self._gathered) >= _AT_ONCE:
            self._pass_on()
        self.heed_clock()

    def heed_clock(self) -> None:
        """Pass on what was gathered if it is time."""
        if self._gathered and monotonic() >= self._due:
            self._pass_on()

    def close(self) -> None:
        """Pass on what is left, and say what was left out."""
        if self._gathered:
            self._pass_on()
        if (dropped := self._count - self._limit) > 0:
            self._sink(f"\n[{dropped} bytes of log beyond the limit of {self._limit} bytes were dropped]\n".encode())

    def _pass_on(self) -> None:
        passed = bytes(self._gathered[:_AT_ONCE])
        del self._gathered[:_AT_ONCE]
        self._due = monotonic() + _APART_S
        self._sink(passed)


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
