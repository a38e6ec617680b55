"""Stands between a confined program and its host: moves bytes through three pipes, counts them, and ends it in time.

One thread, no pipe ever waited for alone: whatever the program does or does not with its ends, the clock goes on.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
import time
from collections.abc import Callable
from typing import IO, BinaryIO

from aslo_builder_bubblewrap.confinement import Running
from aslo_core.api import BuildLimits, LogSink, Stopped, confined

_CHUNK = 1 << 16
_LOOK_AGAIN_SECONDS = 0.1


def supervise(
    running: Running,
    limits: BuildLimits,
    *,
    source: BinaryIO,
    bundle: BinaryIO,
    log: LogSink,
    stop: threading.Event | None = None,
) -> confined.Ended:
    """Feed a job its source and take its output until it ends or has to be ended.

    Args:
        running: the process.
        limits: clock and sizes to keep it to.
        source: what it gets on standard input.
        bundle: where its standard output goes.
        log: where its standard error goes.
        stop: ends it once it is set, if given.

    Raises:
        Stopped: `stop` was set before it ended.
        OSError: `source` could not be read, or `bundle` not be written.
    """
    begun = time.monotonic()
    output = confined.BundleStream(bundle, limits.bundle_bytes)
    errors, ready = confined.LogStream(log, limits.log_bytes), confined.ReadyStream()
    timed_out = False
    with contextlib.closing(errors), selectors.DefaultSelector() as selector:
        readers: dict[IO[bytes], Callable[[bytes], None]] = {running.bundle: output, running.log: errors, running.ready: ready}
        for pipe, take in readers.items():
            _register(selector, pipe, selectors.EVENT_READ, _reader(selector, pipe, take))
        _register(selector, running.source, selectors.EVENT_WRITE, _writer(selector, running.source, source))
        pause = _LOOK_AGAIN_SECONDS / 400
        while not running.ended() and not output.hopeless:
            errors.heed_clock()
            remaining = begun + limits.wall_seconds - time.monotonic()
            if timed_out := remaining <= 0:
                break
            if stop is not None and stop.is_set():
                running.kill()
                raise Stopped("the program was told to stop, and killed")
            if not any(key.events & selectors.EVENT_READ for key in selector.get_map().values()):
                # It closed all it could say something on: most likely it is about to exit.
                pause = min(pause * 2, _LOOK_AGAIN_SECONDS)
                time.sleep(min(pause, remaining))
                continue
            for key, _ in selector.select(min(_LOOK_AGAIN_SECONDS, remaining)):
                key.data()
        status = running.kill()
        for pipe, take in readers.items():
            _drain(pipe, take, at_most=output.room)
    return confined.Ended(
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
