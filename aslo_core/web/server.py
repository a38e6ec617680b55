"""The HTTP server: waitress, strict about where a request ends and when, and heard out by whomever it refuses."""

from __future__ import annotations

import array
import fcntl
import logging
import math
import resource
import socket
import sys
import termios
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
from waitress.utilities import Error, RequestEntityTooLarge

from aslo_core.web.framing import ambiguity
from aslo_core.web.patience import TAKEN_TOO_SLOWLY, answer_due, lateness

log = structlog.get_logger(__name__)

LINGER_S = 30.0
"""How long to take, and throw away, what is still being sent after a refusal."""

LONG_BODY = 512 << 10
"""Bytes of a body from which on it lies in a temporary file. Hardly any webhook has as many."""
MOST_LONG_BODIES = 20
"""How many of them there are at a time, being sent or waiting for a thread: no more than 500 MiB, where each has 25."""
_AGAIN_AFTER_S = 30

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


@dataclass(frozen=True)
class Bodies:
    """Which requests may have a body; any other one is refused with 413 before its body is read.

    Attributes:
        prefix: how the paths begin that take one.
        largest: bytes from which on it is too large even there.
    """

    prefix: str
    largest: int


def make_server(
    app: Flask,
    listening: socket.socket,
    *,
    threads: int,
    bodies: Bodies,
    elsewhere: Elsewhere | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Any:
    """Make the server; its `run` serves until the process is told to end.

    Args:
        app: what it serves.
        listening: the socket that it takes connections from.
        threads: how many requests are answered at a time.
        bodies: which requests may have one.
        elsewhere: takes connections that last.
        clock: gives seconds since any moment; how long a client takes is measured by it.
    """
    server = waitress.create_server(
        app,
        sockets=[listening],
        threads=threads,
        max_request_body_size=bodies.largest,
        inbuf_overflow=LONG_BODY,
        connection_limit=_connection_limit(),
        asyncore_use_poll=True,  # select() takes no file descriptor above 1023
        cleanup_interval=sys.maxsize,  # connections see to their own end; waitress knows only when it gave the kernel bytes
        ident="ASLO",
    )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it would warn of each request that waits for a thread
    server.channel_class = partial(_Channel, clock=clock, bodies=bodies, elsewhere=elsewhere)
    return server


def _connection_limit() -> int:
    """How many connections are held at a time, so that open files are left for the rest of the process."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, files // _FILES_PER_CONNECTION)


class _RequestTimeout(Error):  # type: ignore[misc] # waitress has no types
    code = 408
    reason = "Request Timeout"


class _TooManyBodies(Error):  # type: ignore[misc] # waitress has no types
    code = 503
    reason = "Service Unavailable"

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        status, headers, body = super().to_response(ident)
        return status, [*headers, ("Retry-After", str(_AGAIN_AFTER_S))], body


class _Request(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    """A request that ends where every server sees it end."""

    head = b""
    has_long_body = False

    def __init__(self, adj: Any, *, bodies: Bodies) -> None:
        super().__init__(adj)
        self._bodies = bodies

    def parse_header(self, header_plus: bytes) -> None:
        """Read request line and header fields; waitress answers a ParsingError with 400 and closes the connection."""
        if reason := ambiguity(header_plus):
            raise ParsingError(f"This request cannot be understood: {reason}.")
        super().parse_header(header_plus)
        self.head = header_plus
        if self.body_rcv is not None and not self.path.startswith(self._bodies.prefix):
            self.refuse(RequestEntityTooLarge(f"Only what is sent to {self._bodies.prefix} may have a body."))

    def received(self, data: bytes) -> int:
        """Take some bytes; tell how many belong to this request."""
        consumed: int = super().received(data)
        if self.error is not None:
            self.expect_continue = False  # or waitress would ask for the body of what it refuses
        return consumed

    def lateness(self, took_s: float) -> str:
        """Say why it is not waited for any longer, or return an empty text."""
        return lateness(took_s, self.body_bytes_received if self.headers_finished else None)

    def give_up(self, error: Error) -> None:
        """End it where it is, with a reason to answer with."""
        if not self.headers_finished:
            super().parse_header(b"GET / HTTP/1.0\r\n")  # something to answer to
        self.refuse(error)

    def refuse(self, error: Error) -> None:
        """Take no more of it than there is."""
        self.error = error
        self.completed = True


class _Channel(HTTPChannel):  # type: ignore[misc] # waitress has no types
    """A connection that is not held for ever, and is closed in two steps after a refusal: RFC 9112, section 9.6.

    Closed at once while the client still sends, it would be reset, and the client would lose the answer.
    """

    request: _Request | None
    socket: Any
    connected: bool
    will_close: bool
    close_when_flushed: bool
    _refused = False
    _lingers_until = 0.0
    _sent = _taken = 0
    _answer_due = math.inf

    def __init__(
        self, *given: Any, clock: Callable[[], float], bodies: Bodies, elsewhere: Elsewhere | None, **named: Any
    ) -> None:
        self.parser_class = partial(_Request, bodies=bodies)
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
        if self._leaves_for_too_long(now):
            log.info("answer.broken_off", reason=TAKEN_TOO_SLOWLY, remote=self.addr[0])
            self.handle_close()  # wakes the thread that answers, where it waits
            return False
        if self.requests or self._answer_due < math.inf:  # it is the client who waits, or takes what it waited for
            self._idle_since = self._began = now
        elif self.request is None:
            self.will_close = self.will_close or now - self._idle_since > self.adj.channel_timeout
        elif reason := self.request.lateness(now - self._began):
            self._give_up(self.request, _RequestTimeout(f"This request came too slowly: {reason}."))
        readable: bool = super().readable()
        return readable

    def _leaves_for_too_long(self, now: float) -> bool:
        """Whether the client does not take what lies ready for it.

        What the kernel was given is not taken yet: it has room for megabytes, and asks for more only once a third is free.
        """
        sent, before = self._sent, self._taken
        if before < sent:
            self._taken = max(before, sent - _in_kernel(self.socket))  # in this order, as a thread may be sending
        lies_ready = self._taken < sent or self.total_outbufs_len
        self._answer_due = answer_due(self._answer_due, now, self._taken - before) if lies_ready else math.inf
        return now > self._answer_due

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Give the kernel some bytes; tell how many it took."""
        sent: int = super().send(data, do_close=do_close)
        self._sent += sent
        return sent

    def received(self, data: bytes) -> bool:
        """Take what the client sent, as the next part of its request."""
        if self.request is None:
            self._began = self._clock()
        taken: bool = super().received(data)
        request = self.request
        if request is not None and not request.has_long_body and request.body_bytes_received >= LONG_BODY:
            if self._long_bodies() >= MOST_LONG_BODIES:
                self._give_up(request, _TooManyBodies("Too many long requests are under way; send this again later."))
            request.has_long_body = True
        return taken

    def _long_bodies(self) -> int:
        """How many long bodies there are on all connections."""
        channels = self.server.active_channels.values()
        return sum(request.has_long_body for channel in channels for request in (channel.request, *channel.requests) if request)

    def _give_up(self, given_up: _Request, error: Error) -> None:
        """Answer a request that is not complete; nothing else is under way on this connection."""
        with self.requests_lock:
            given_up.give_up(error)
            self.requests.append(given_up)
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


def _in_kernel(connection: socket.socket) -> int:
    """How many of the bytes that were sent the other side has not taken yet."""
    count = array.array("i", [0])
    fcntl.ioctl(connection, termios.TIOCOUTQ, count)
    return count[0]
