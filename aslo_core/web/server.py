"""The HTTP server: waitress, strict about where a request ends, and heard out by whomever it refuses."""

from __future__ import annotations

import socket
import time
from typing import Any

import structlog
import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError

from aslo_core.web.framing import ambiguity

log = structlog.get_logger(__name__)

LINGER_S = 30.0
"""How long to take, and throw away, what is still being sent after a refusal."""


def make_server(app: Flask, listening: socket.socket, *, threads: int, largest_body: int) -> Any:
    """Make the server; its `run` serves until the process is told to end.

    Args:
        app: what it serves.
        listening: the socket that it takes connections from.
        threads: how many requests are answered at a time.
        largest_body: bytes from which on a body is refused with 413, before it is read where its length is told.
    """
    server = waitress.create_server(app, sockets=[listening], threads=threads, max_request_body_size=largest_body, ident="ASLO")
    server.channel_class = _Channel
    return server


class _Request(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    """A request that ends where every server sees it end."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read request line and header fields; waitress answers a ParsingError with 400 and closes the connection."""
        if reason := ambiguity(header_plus):
            raise ParsingError(f"This request cannot be understood: {reason}.")
        super().parse_header(header_plus)

    def received(self, data: bytes) -> int:
        """Take some bytes; tell how many belong to this request."""
        consumed: int = super().received(data)
        if self.error is not None:
            self.expect_continue = False  # or waitress would ask for the body of what it refuses
        return consumed


class _Channel(HTTPChannel):  # type: ignore[misc] # waitress has no types
    """A connection that, after a refusal, is closed in two steps, as RFC 9112, section 9.6, describes.

    Closed at once while the client still sends, it would be reset, and the client would lose the answer.
    """

    parser_class = _Request
    will_close: bool
    close_when_flushed: bool
    _refused = False
    _lingers_until = 0.0

    def service(self) -> None:
        """Answer the next request, in a thread for that."""
        if (error := self.requests[0].error) is not None:
            self._refused = True
            log.info("request.refused", status=error.code, reason=error.body, remote=self.addr[0])
        super().service()

    def readable(self) -> bool:
        """Whether to look for what the client sends."""
        if self._lingers_until:
            self.will_close = self.will_close or time.monotonic() > self._lingers_until
            return not self.will_close
        readable: bool = super().readable()
        return readable

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
            self._lingers_until = time.monotonic() + LINGER_S
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.handle_close()
