"""The HTTP server: waitress, strict about where a request ends and when, and heard out by whomever it refuses."""

from __future__ import annotations

import logging
import resource
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import Error

from aslo_core.web.framing import ambiguity
from aslo_core.web.patience import lateness

log = structlog.get_logger(__name__)

LINGER_S = 30.0
"""How long to take, and throw away, what is still being sent after a refusal."""


MOST_CONNECTIONS = 1000
_FILES_PER_CONNECTION = 3
"""The connection, and a temporary file each for a long request and a long answer."""


@dataclass(frozen=True)
class Elsewhere:
    """Who serves some connections in the place of this server.

    Attributes:
        prefix: how the paths begin that are asked of it.
        take: takes a connection, which does not block, with the request line and header fields that were read from it.
    """

    prefix: str
    take: Callable[[socket.socket, bytes], None]


def make_server(
    app: Flask,
    listening: socket.socket,
    *,
    threads: int,
    largest_body: int,
    elsewhere: Elsewhere | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Any:
    """Make the server; its `run` serves until the process is told to end.

    Args:
        app: what it serves.
        listening: the socket that it takes connections from.
        threads: how many requests are answered at a time.
        largest_body: bytes from which on a body is refused with 413, before it is read where its length is told.
        elsewhere: takes connections that last.
        clock: gives seconds since any moment; how long a client takes is measured by it.
    """
    server = waitress.create_server(
        app,
        sockets=[listening],
        threads=threads,
        max_request_body_size=largest_body,
        connection_limit=_connection_limit(),
        asyncore_use_poll=True,  # select() takes no file descriptor above 1023
        ident="ASLO",
    )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it would warn of each request that waits for a thread
    server.channel_class = partial(_Channel, clock=clock, elsewhere=elsewhere)
    return server


def _connection_limit() -> int:
    """How many connections are held at a time, so that open files are left for the rest of the process."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, files // _FILES_PER_CONNECTION)


class _RequestTimeout(Error):  # type: ignore[misc] # waitress has no types
    code = 408
    reason = "Request Timeout"


class _Request(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    """A request that ends where every server sees it end."""

    head = b""

    def parse_header(self, header_plus: bytes) -> None:
        """Read request line and header fields; waitress answers a ParsingError with 400 and closes the connection."""
        if reason := ambiguity(header_plus):
            raise ParsingError(f"This request cannot be understood: {reason}.")
        super().parse_header(header_plus)
        self.head = header_plus

    def received(self, data: bytes) -> int:
        """Take some bytes; tell how many belong to this request."""
        consumed: int = super().received(data)
        if self.error is not None:
            self.expect_continue = False  # or waitress would ask for the body of what it refuses
        return consumed

    def lateness(self, took_s: float) -> str:
        """Say why it is not waited for any longer, or return an empty text."""
        return lateness(took_s, self.body_bytes_received if self.headers_finished else None)

    def give_up(self, reason: str) -> None:
        """End it where it is."""
        if not self.headers_finished:
            super().parse_header(b"GET / HTTP/1.0\r\n")  # something to answer to
        self.error = _RequestTimeout(f"This request came too slowly: {reason}.")
        self.completed = True


class _Channel(HTTPChannel):  # type: ignore[misc] # waitress has no types
    """A connection that is not held for ever, and is closed in two steps after a refusal: RFC 9112, section 9.6.

    Closed at once while the client still sends, it would be reset, and the client would lose the answer.
    """

    parser_class = _Request
    request: _Request | None
    socket: Any
    connected: bool
    will_close: bool
    close_when_flushed: bool
    _refused = False
    _lingers_until = 0.0

    def __init__(self, *given: Any, clock: Callable[[], float], elsewhere: Elsewhere | None, **named: Any) -> None:
        self._clock = clock
        self._elsewhere = elsewhere
        self._idle_since = self._began = clock()
        super().__init__(*given, **named)

    def service(self) -> None:
        """Answer the next request, in a thread for that."""
        request = self.requests[0]
        if request.error is not None:
            self._refused = True
            log.info("request.refused", status=request.error.code, reason=request.error.body, remote=self.addr[0])
        elif self._elsewhere is not None and request.path.startswith(self._elsewhere.prefix):
            # As long as the request is not done with, nothing more is read here.
            self.server.trigger.pull_trigger(partial(self._hand_over, self._elsewhere, request.head))
            return
        super().service()

    def _hand_over(self, elsewhere: Elsewhere, head: bytes) -> None:
        """Have somebody else answer, in the server's own thread, which looks after this connection no more."""
        if not self.connected or self.total_outbufs_len or len(self.requests) > 1:
            self.handle_close()  # it is gone; or it asks on without waiting for answers, and streams have no end to wait for
            return
        self.del_channel()
        connection, self.socket, self.connected = self.socket, None, False
        elsewhere.take(connection, head)

    def readable(self) -> bool:
        """Whether to look for what the client sends. Asked again and again, at least once a second."""
        now = self._clock()
        if self._lingers_until:
            self.will_close = self.will_close or now > self._lingers_until
            return not self.will_close
        if self.requests or self.total_outbufs_len:  # it is the client who waits, or takes what it waited for
            self._idle_since = self._began = now
        elif self.request is None:
            self.will_close = self.will_close or now - self._idle_since > self.adj.channel_timeout
        elif reason := self.request.lateness(now - self._began):
            self._give_up(self.request, reason)
        readable: bool = super().readable()
        return readable

    def received(self, data: bytes) -> bool:
        """Take what the client sent, as the next part of its request."""
        if self.request is None:
            self._began = self._clock()
        taken: bool = super().received(data)
        return taken

    def _give_up(self, late: _Request, reason: str) -> None:
        """Answer a request that is not complete; nothing else is under way on this connection."""
        with self.requests_lock:
            late.give_up(reason)
            self.requests.append(late)
            self.request = None
            self.server.add_task(self)

    def handle_read(self) -> None:
        """Take what the client sent."""
        if not self._lingers_until:
            super().handle_read()
            return
        try:
            self.recv(self.adj.recv_bytes)  # closes at the end
        except OSError:
            self.handle_close()

    def handle_write(self) -> None:
        """Send what there is; once a refusal has been sent, say that nothing follows, and go on reading."""
        if not (self._refused and self.close_when_flushed):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            self.close_when_flushed = False
            self._lingers_until = self._clock() + LINGER_S
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.handle_close()
