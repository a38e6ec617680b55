"""A real HTTP or HTTPS server that receives webhooks, and can be made to fail."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from aslo_core.testing.certificates import Certificate


@dataclass(frozen=True)
class Received:
    """One webhook.

    Attributes:
        path: what it was posted to, with its query.
        headers: names in lower case.
        body: as sent.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """How a request is answered.

    Attributes:
        status: HTTP status; 0 closes the connection in place of an answer.
        headers: of the answer.
        taken: whether the webhook counts as received.
        drips: whether the body goes on for ever, byte by byte.
    """

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    taken: bool = True
    drips: bool = False


class WebhookReceiver:
    """Serves on a free port of loopback while its `with` block runs.

    Args:
        certificate: serves HTTPS; None for plain HTTP.

    Attributes:
        received: every webhook that was taken, also those that came again.
        answers: how the next requests are answered, in this order; then `always`.
        always: how all others are.
        together: what a request waits at before it is answered, if set.
        host: what its address names.
    """

    def __init__(self, certificate: Certificate | None = None, host: str = "127.0.0.1") -> None:
        self.received: list[Received] = []
        self.answers: list[Answer] = []
        self.always = Answer()
        self.together: threading.Barrier | None = None
        self.host = host
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": self}))
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.chain, certificate.key)
            # The handshake belongs to the connection's own thread: one that fails must not hold up the others.
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
            self._scheme = "https"
        self.port: int = self._server.server_address[1]
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that hangs up is no news
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="receiver")

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"{self._scheme}://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop answering; a second time does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def take(self, webhook: Received) -> Answer:
        """Take a webhook, and say how it is answered."""
        if (together := self.together) is not None:
            together.wait(30)
        with self._lock:
            answer = self.answers.pop(0) if self.answers else self.always
            if answer.taken:
                self.received.append(webhook)
            return answer


class _Handler(BaseHTTPRequestHandler):
    receiver: WebhookReceiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.receiver.take(Received(self.path, headers, body))
        self.close_connection = True
        if not answer.status:
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        while answer.drips and not self.wfile.closed:
            self.wfile.write(b".")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
