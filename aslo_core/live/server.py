"""A server for streams: one event loop in a thread of its own, so that a thousand idle ones take nothing from anybody."""

from __future__ import annotations

import asyncio
import resource
import socket
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from http import HTTPStatus

import structlog

from aslo_core.live.answers import json_answer, refusal, stream_head
from aslo_core.live.request import Refused, Request, understood
from aslo_core.log import LogUnavailable

log = structlog.get_logger(__name__)

_HEAD_BYTES = 16 << 10
_HEAD_S = 10.0
_LINGER_S = 2.0
_BUFFERED = 64 << 10
_BESIDE = 64
"""Connections beside the streams: those that still ask, or are being refused."""
_FILES_PER_STREAM = 3

Answer = Callable[[Request], AsyncGenerator[bytes, None]]
"""Gives the parts of a stream; raises Refused before the first one."""


@dataclass(frozen=True)
class Terms:
    """How streams are served.

    Attributes:
        streams: how many at the same time.
        patience_s: seconds that a client may take to accept what does not fit into the buffers any more.
        after_full_s: seconds after which one who was refused for there being too many may come again.
    """

    streams: int
    patience_s: float = 30.0
    after_full_s: int = 15


class LiveServer:
    """Serves streams to connections of its own, and to those that another server gives it.

    Args:
        answer: answers a request.
        terms: limits.
        give_up: called with words when it cannot go on.
        listening: takes connections from it; None for none of its own.
    """

    def __init__(
        self, answer: Answer, terms: Terms, give_up: Callable[[str], None], listening: socket.socket | None = None
    ) -> None:
        self._answer = answer
        self._terms = terms
        self._give_up = give_up
        self._listening = listening
        self._most = min(terms.streams, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // _FILES_PER_STREAM)
        self._streams = 0
        self._talks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        """Start the thread; connections are taken once this returns."""
        self._thread.start()
        self._ready.wait()

    def stop(self, timeout: float) -> None:
        """Take no more connections and end those that there are; wait for that for at most `timeout` seconds."""
        if self._loop is None:
            return
        with suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(timeout)

    def take(self, connection: socket.socket, head: bytes) -> None:
        """Take a connection from another thread, with the request that was read from it already.

        Args:
            connection: does not block; closed by this server.
            head: request line and header fields, with the empty line after them.
        """
        if self._loop is None or self._loop.is_closed():
            connection.close()
            return
        try:
            self._loop.call_soon_threadsafe(self._adopt, connection, head)
        except RuntimeError:  # it has just ended
            connection.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            log.exception("live.server_failed")
            self._give_up("the server of streams ended; the messages say why")
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        server: asyncio.Server | None = None
        if self._listening is not None:
            server = await asyncio.start_server(self._connected, sock=self._listening, limit=_HEAD_BYTES)
        self._ready.set()
        await self._stopping.wait()
        if server is not None:
            server.close()
        for talk in self._talks:
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks)

    def _adopt(self, connection: socket.socket, head: bytes) -> None:
        reader = asyncio.StreamReader(limit=_HEAD_BYTES)
        reader.feed_data(head)
        adopting = asyncio.get_running_loop().connect_accepted_socket(
            lambda: asyncio.StreamReaderProtocol(reader, self._connected), connection
        )
        self._keep(asyncio.create_task(_adopted(adopting)))

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopping.is_set() or len(self._talks) >= self._most + _BESIDE:
            writer.transport.abort()
            return
        self._keep(asyncio.create_task(self._talk(reader, writer)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close the connection in two steps; whatever happens, it is closed at the end."""
        writer.transport.set_write_buffer_limits(high=_BUFFERED)
        try:
            await self._respond(reader, writer)
            writer.transport.set_write_buffer_limits(high=0)
            await self._drain(writer)
            writer.write_eof()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_S):
                    await _until_gone(reader)
        except TimeoutError:
            log.info("live.cut_off", reason="the client took nothing for too long", seconds=self._terms.patience_s)
        except OSError:
            log.debug("live.client_gone")
        except Exception:
            log.exception("live.failed")
        finally:
            writer.transport.abort()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _asked(reader)
            if request.path == "/healthz":
                await self._send(writer, json_answer({"ready": True}))
            else:
                await self._stream(request, reader, writer)
        except Refused as refused:
            await self._send(writer, refusal(refused))

    async def _stream(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if request.method != "GET":
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Streams are asked for with GET.", Allow="GET")
        if self._streams >= self._most:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._most} streams are open, and no more are served at the same time: come again later.",
                Retry_After=str(self._terms.after_full_s),
            )
        self._streams += 1
        sending = asyncio.create_task(self._send_all(request, writer))
        gone = asyncio.create_task(_until_gone(reader))
        try:
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                await sending
        finally:
            self._streams -= 1
            for task in (sending, gone):
                task.cancel()
            await asyncio.wait((sending, gone))

    async def _send_all(self, request: Request, writer: asyncio.StreamWriter) -> None:
        head = stream_head()
        async with aclosing(self._answer(request)) as parts:
            try:
                async for part in parts:
                    await self._send(writer, head + part)
                    head = b""
            except LogUnavailable as reason:
                log.warning("live.stream_ended", path=request.path, error=str(reason))
                if head:
                    raise Refused(
                        HTTPStatus.SERVICE_UNAVAILABLE,
                        "This cannot be answered at the moment; please try again shortly.",
                        Retry_After="5",
                    ) from reason

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await self._drain(writer)

    async def _drain(self, writer: asyncio.StreamWriter) -> None:
        """Wait until the client has taken what does not fit into the buffer.

        Raises:
            TimeoutError: it takes too little.
            OSError: it is gone.
        """
        async with asyncio.timeout(self._terms.patience_s):
            await writer.drain()


async def _asked(reader: asyncio.StreamReader) -> Request:
    try:
        async with asyncio.timeout(_HEAD_S):
            return understood(await reader.readuntil(b"\r\n\r\n"))
    except TimeoutError:
        why = f"Its header fields were not complete after {_HEAD_S:g} seconds."
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, why) from None
    except asyncio.LimitOverrunError:
        why = f"Its header fields have more than {_HEAD_BYTES:,} bytes."
        raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, why) from None
    except asyncio.IncompleteReadError as error:
        raise ConnectionError("it asked for nothing") from error


async def _until_gone(reader: asyncio.StreamReader) -> None:
    """Throw away what the client sends beside its request, until it ends the connection."""
    with suppress(OSError):
        while await reader.read(_BUFFERED):
            pass


async def _adopted(adopting: Awaitable[object]) -> None:
    with suppress(OSError):  # the client was faster to go
        await adopting
