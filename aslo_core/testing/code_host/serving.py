"""Serves a double on the loopback address, in threads of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

from flask import request
from werkzeug.serving import WSGIRequestHandler, make_server

from aslo_core.testing.certificates import Certificate

_MAKING = threading.Lock()
"""One application is made at a time: werkzeug compiles its routes by way of `ast`, which on Python 3.11 fails where another
thread does so in its midst, let on by a collection of garbage (SystemError: AST constructor recursion depth mismatch)."""


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: a double tells what matters in its own way."""


class Serving:
    """A server that listens from when it is made until `stop`.

    Args:
        port: TCP port on 127.0.0.1; 0 takes a free one.
        make_app: makes the WSGI application, given the server's address without a slash at the end.
        certificate: for TLS with it, None for none.
    """

    def __init__(
        self, port: int, make_app: Callable[[str], Callable[..., Any]], certificate: Certificate | None = None
    ) -> None:
        tls = (str(certificate.chain), str(certificate.key)) if certificate else None
        self._server = make_server(
            "127.0.0.1", port, _nothing_yet, threaded=True, request_handler=_QuietHandler, ssl_context=tls
        )
        self.port: int = self._server.port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        with _MAKING:
            self._server.app = make_app(self.url)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="code-host")
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def break_connection() -> None:
    """Close the connection of the present request, so that whatever is answered never arrives."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


def _nothing_yet(_environ: object, _start_response: object) -> list[bytes]:
    raise AssertionError("the application is set before the server serves")
