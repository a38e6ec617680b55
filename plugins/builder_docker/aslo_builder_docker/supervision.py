"""Stands between a container and its host: moves bytes, counts them, and ends it in time.

One thread; the connection is never waited for alone, so that the clock goes on whatever the program or the daemon does. The end
of output never means success: the container's own end is asked for.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from aslo_builder_docker.container import KILLED, Container
from aslo_builder_docker.frames import ERRORS, OUTPUT
from aslo_builder_docker.shape import Shape
from aslo_core.api import BuildLimits, LogSink, Stopped, confined

_CHUNK = 1 << 16
_LOOK_AGAIN_SECONDS = 0.1
_ASK_AGAIN_SECONDS = 1.0
_KILLED_SECONDS = 20


def supervise(
    container: Container,
    limits: BuildLimits,
    *,
    source: BinaryIO,
    bundle: BinaryIO,
    log: LogSink,
    meanwhile: Callable[[], None] = lambda: None,
    stop: threading.Event | None = None,
) -> confined.Ended:
    """Feed a container that is ready its source and take its output until it ends or has to be ended.

    Args:
        container: whose program waits for its source.
        limits: clock and sizes to keep it to.
        source: what it gets on standard input.
        bundle: where its standard output goes.
        log: where its standard error goes.
        meanwhile: called behind the end of all output, while the daemon still finds out how the container ended.
        stop: ends it once it is set, if given; the container is then left to whoever made it, who removes it.

    Raises:
        Stopped: `stop` was set before it ended.
        OSError: `source` could not be read, or `bundle` not be written; or what `meanwhile` raises.
        Transient: the daemon went away, or somebody removed the container.
    """
    begun = time.monotonic()
    output = confined.BundleStream(bundle, limits.bundle_bytes)
    errors = confined.LogStream(log, limits.log_bytes)
    streams: dict[int, Callable[[bytes], None]] = {OUTPUT: output, ERRORS: errors}

    def remaining() -> float:
        return begun + limits.wall_seconds - time.monotonic()

    def heed() -> None:
        errors.heed_clock()
        if stop is not None and stop.is_set():
            container.detach()
            raise Stopped("the container was told to stop")

    def take(data: bytes) -> None:
        for stream, piece in container.frames.pieces(data):
            streams[stream](piece)

    with contextlib.closing(errors), selectors.DefaultSelector() as selector:
        for stream, piece in container.early:
            streams[stream](piece)
        feed = _Feed(container.socket, source)
        selector.register(container.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
        asked = begun
        while remaining() > 0 and not output.hopeless:
            heed()
            ready = selector.select(min(_LOOK_AGAIN_SECONDS, max(remaining(), 0)))
            if not ready and time.monotonic() - asked > _ASK_AGAIN_SECONDS:
                asked = time.monotonic()
                if not container.running():
                    break
            event = ready[0][1] if ready else 0
            if event & selectors.EVENT_READ:
                if not (data := container.read()):
                    break
                take(data)
            if event & selectors.EVENT_WRITE and not feed.more():
                selector.modify(container.socket, selectors.EVENT_READ)
        meanwhile()
        end = None
        while end is None and not output.hopeless and remaining() > 0:
            heed()
            end = container.wait(min(remaining(), _ASK_AGAIN_SECONDS / 2))
        _drain(container, output.room, take)
    timed_out = end is None and not output.hopeless
    if end is None:
        # First the connection: the daemon does not tell of an end before all output has gone somewhere, and waits for that.
        container.detach()
        container.kill()
        end = container.wait(_KILLED_SECONDS) or KILLED  # however long that takes, the reason to end it stands
    return confined.Ended(
        status=end.status,
        started=True,
        timed_out=timed_out,
        bundle_bytes=output.count,
        tail=errors.tail,
        seconds=time.monotonic() - begun,
        memory_bytes=Shape.of(limits).memory_and_scratch if end.out_of_memory else 0,
    )


class _Feed:
    """Writes a source to a connection that does not block, and closes that direction of it behind the last byte."""

    def __init__(self, connection: socket.socket, source: BinaryIO) -> None:
        self._connection = connection
        self._source = source
        self._rest = memoryview(b"")

    def more(self) -> bool:
        """Write as much as goes, and tell whether there is more."""
        try:
            self._rest = self._rest or memoryview(self._source.read(_CHUNK))
            if self._rest:
                self._rest = self._rest[self._connection.send(self._rest) :]
                return True
            self._connection.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            return True
        except (BrokenPipeError, ConnectionResetError):  # it does not want the rest
            pass
        return False


def _drain(container: Container, at_most: int, take: Callable[[bytes], None]) -> None:
    """Take what has come."""
    with contextlib.suppress(BlockingIOError):
        while at_most > 0 and (data := container.read()):
            take(data)
            at_most -= len(data)
