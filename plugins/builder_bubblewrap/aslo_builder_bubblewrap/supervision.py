"""Stands between a confined program and its host: moves bytes through three pipes, counts them, and ends it in time.

One thread, no pipe ever waited for alone: whatever the program does or does not with its ends, the clock goes on.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, BinaryIO

from aslo_builder_bubblewrap.confinement import Running
from aslo_builder_bubblewrap.inside.order import READY
from aslo_core.api import BuildLimits, LogSink

_CHUNK = 1 << 16
_TAIL = 1 << 14
_LOOK_AGAIN_SECONDS = 0.1
_COUNT_UP_TO = 4


@dataclass(frozen=True)
class Ended:
    """How a job ended.

    Attributes:
        status: exit status, or minus the number of the signal that ended it.
        started: whether the program ran at all; if not, the confinement failed.
        timed_out: whether it was ended by the clock.
        bundle_bytes: how much it wrote to standard output, also what was not kept; counting stops at four times the limit.
        tail: the end of its log, up to 16 KiB, whole even where the log was cut.
        seconds: how long it took.
    """

    status: int
    started: bool
    timed_out: bool
    bundle_bytes: int
    tail: bytes
    seconds: float


class _Bundle:
    """Keeps standard output up to a limit and counts all of it."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self.count = 0
        self._file = file
        self._limit = limit

    @property
    def hopeless(self) -> bool:
        """Whether it is so far beyond the limit that its true size is of no interest."""
        return self.count > self._limit * _COUNT_UP_TO

    def __call__(self, piece: bytes) -> None:
        self._file.write(piece[: max(0, self._limit - self.count)])
        self.count += len(piece)


class _Log:
    """Passes standard error on up to a limit, and keeps its end."""

    def __init__(self, sink: LogSink, limit: int) -> None:
        self.tail = b""
        self._sink = sink
        self._limit = limit
        self._count = 0

    def __call__(self, piece: bytes) -> None:
        if passed := piece[: max(0, self._limit - self._count)]:
            self._sink(passed)
        self._count += len(piece)
        self.tail = (self.tail + piece)[-_TAIL:]

    def close(self) -> None:
        """Say what was left out."""
        if (dropped := self._count - self._limit) > 0:
            self._sink(f"\n[{dropped} bytes of log beyond the limit of {self._limit} bytes were dropped]\n".encode())


class _Ready:
    """Hears whether the program was confined and started."""

    def __init__(self) -> None:
        self._heard = b""

    @property
    def said(self) -> bool:
        return self._heard == READY

    def __call__(self, piece: bytes) -> None:
        self._heard = (self._heard + piece)[: len(READY) + 1]


def supervise(running: Running, limits: BuildLimits, *, source: BinaryIO, bundle: BinaryIO, log: LogSink) -> Ended:
    """Feed a job its source and take its output until it ends or has to be ended.

    Args:
        running: the process.
        limits: clock and sizes to keep it to.
        source: what it gets on standard input.
        bundle: where its standard output goes.
        log: where its standard error goes.

    Raises:
        OSError: `source` could not be read, or `bundle` not be written.
    """
    begun = time.monotonic()
    output, errors, ready = _Bundle(bundle, limits.bundle_bytes), _Log(log, limits.log_bytes), _Ready()
    timed_out = False
    with selectors.DefaultSelector() as selector:
        readers: dict[IO[bytes], Callable[[bytes], None]] = {running.bundle: output, running.log: errors, running.ready: ready}
        for pipe, take in readers.items():
            _register(selector, pipe, selectors.EVENT_READ, _reader(selector, pipe, take))
        _register(selector, running.source, selectors.EVENT_WRITE, _writer(selector, running.source, source))
        pause = _LOOK_AGAIN_SECONDS / 100
        while not running.ended() and not output.hopeless:
            remaining = begun + limits.wall_seconds - time.monotonic()
            if timed_out := remaining <= 0:
                break
            if not any(key.events & selectors.EVENT_READ for key in selector.get_map().values()):
                # It closed all it could say something on: most likely it is about to exit.
                pause = min(pause * 2, _LOOK_AGAIN_SECONDS)
                time.sleep(min(pause, remaining))
                continue
            for key, _ in selector.select(min(_LOOK_AGAIN_SECONDS, remaining)):
                key.data()
        status = running.kill()
        for pipe, take in readers.items():
            _drain(pipe, take, at_most=limits.bundle_bytes * _COUNT_UP_TO + _CHUNK)
    errors.close()
    return Ended(
        status=status,
        started=ready.said,
        timed_out=timed_out,
        bundle_bytes=output.count,
        tail=errors.tail,
        seconds=time.monotonic() - begun,
    )


def _register(selector: selectors.BaseSelector, pipe: IO[bytes], event: int, work: Callable[[], None]) -> None:
    os.set_blocking(pipe.fileno(), False)
    selector.register(pipe.fileno(), event, work)


def _reader(selector: selectors.BaseSelector, pipe: IO[bytes], take: Callable[[bytes], None]) -> Callable[[], None]:
    def read() -> None:
        if piece := os.read(pipe.fileno(), _CHUNK):
            take(piece)
        else:
            selector.unregister(pipe.fileno())

    return read


def _writer(selector: selectors.BaseSelector, pipe: IO[bytes], source: BinaryIO) -> Callable[[], None]:
    rest = memoryview(b"")

    def write() -> None:
        nonlocal rest
        rest = rest or memoryview(source.read(_CHUNK))
        try:
            rest = rest[os.write(pipe.fileno(), rest) :] if rest else rest
            finished = not rest and not (rest := memoryview(source.read(_CHUNK)))
        except BlockingIOError:
            return
        except BrokenPipeError:  # it does not want the rest
            finished = True
        if finished:
            selector.unregister(pipe.fileno())
            pipe.close()

    return write


def _drain(pipe: IO[bytes], take: Callable[[bytes], None], at_most: int) -> None:
    """Take what was written before the end. What a survivor still writes is none of our business."""
    with contextlib.suppress(BlockingIOError):
        while at_most > 0 and (piece := os.read(pipe.fileno(), _CHUNK)):
            take(piece)
            at_most -= len(piece)
