"""A server of a protocol of lines, such as SMTP or FTP, one of whose answers has no end."""

from __future__ import annotations

import socketserver
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

CONNECTED = "(connected)"
"""Stands for the line that a greeting answers."""

_GONE_AFTER_SECONDS = 30


class DrippingServer:
    """Answers on a free port of loopback while its `with` block runs.

    Args:
        answers: what it says to a line, by its first word, or `CONNECTED`. It passes over all others.
        at: first word of the line that it answers with pieces, or `CONNECTED`.
        piece: what is said over and over again.
        pause: seconds between two pieces.
        pieces: after how many it breaks off, so that whoever waits for the end is told so at last.
        trust: encrypts from the first byte on; None for plain words.

    Attributes:
        host: where it listens.
        port: where it listens there.
        user: an account, as good as any.
        password: its password.
    """

    host = "127.0.0.1"
    user = "anybody"
    password = user

    def __init__(
        self,
        answers: Mapping[str, str],
        at: str,
        piece: bytes,
        *,
        pause: float = 0,
        pieces: int,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._answers = answers
        self._at = at
        self._piece = piece
        self._pause = pause
        self._pieces = pieces
        self._end = threading.Event()
        talk = self._talk

        class Handler(socketserver.StreamRequestHandler):
            timeout = _GONE_AFTER_SECONDS

            def handle(self) -> None:
                with suppress(OSError):  # whom it answers has left
                    talk(self.rfile, self.wfile)

        self._server = socketserver.ThreadingTCPServer((self.host, 0), Handler)
        if trust is not None:
            self._server.socket = trust.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="dripping-server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _talk(self, heard: Any, said: Any) -> None:
        command = CONNECTED
        while command != self._at:
            if command in self._answers:
                said.write(self._answers[command].encode() + b"\r\n")
            command = heard.readline().decode().strip().partition(" ")[0].upper()
        for _ in range(self._pieces):
            said.write(self._piece)
            if self._pause and self._end.wait(self._pause):
                return
