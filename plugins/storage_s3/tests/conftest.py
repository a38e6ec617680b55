import datetime as dt
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aslo_storage_s3 import S3Options, S3Storage, create

from aslo_core.api import Blob, Context, Secret
from aslo_core.testing.certificates import IssuedCertificate, issue_certificate
from aslo_core.testing.s3_server import S3Server

Connect = Callable[..., S3Storage]


@pytest.fixture
def prefix() -> str:
    """What the keys of one test begin with: all tests share the service's bucket."""
    return f"test/{secrets.token_hex(8)}"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.xo"
    path.write_bytes(b"the bytes of a bundle")
    return path


@pytest.fixture
def blob(source: Path) -> Blob:
    return Blob.of(source, ".xo")


@pytest.fixture
def connect(tmp_path: Path, prefix: str) -> Connect:
    """Make a storage that keeps its objects in a service's bucket; further options replace those that fit it."""

    def make(server: S3Server, **options: object) -> S3Storage:
        fitting = {
            "bucket": server.bucket,
            "endpoint": server.endpoint,
            "access_key": Secret(server.account.access_key),
            "secret_key": Secret(server.account.secret_key),
            "prefix": prefix,
            "ca_file": server.certificate and server.certificate.authority,
            "timeout_seconds": 20.0,
        }
        context = Context(name="cdn", directory=tmp_path, data=tmp_path, public_url="http://localhost")
        return create(S3Options.model_validate(fitting | options), context)

    return make


@pytest.fixture
def amazons(seaweedfs: S3Server) -> Iterator[Any]:
    """Amazon's own client, connected to SeaweedFS: what it says does not rest on our code."""
    client = seaweedfs.client()
    yield client
    client.close()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Peer:
    """A service that answers as a test says, for what no real one can be brought to do, and remembers what it was asked."""

    endpoint: str
    requests: list[Request]
    bucket: str = "bucket"
    certificate: IssuedCertificate | None = None

    @property
    def account(self) -> Any:
        return type("Account", (), {"access_key": "AKIAEXAMPLE", "secret_key": "kept to ourselves"})

    def asked(self) -> list[str]:
        return [request.method for request in self.requests]


@contextmanager
def running(answer: Callable[[Request], Answer]) -> Iterator[Peer]:
    asked: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(self.command, self.path, {key.lower(): value for key, value in self.headers.items()}, body)
            asked.append(request)
            answered = answer(request)
            self.send_response(answered.status)
            for name, value in ({"Content-Length": str(len(answered.body))} | answered.headers).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answered.body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Peer(f"http://127.0.0.1:{server.server_port}", asked)
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def peer() -> Iterator[Callable[[Callable[[Request], Answer]], Peer]]:
    """Start services that answer as the test says."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(running(answer))


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture(scope="session")
def tls() -> Iterator[Callable[[Path, Path], Peer]]:
    """Start servers that show a certificate, and have nothing to say after it."""
    with ExitStack() as stack:

        def start(chain: Path, key: Path, certificate: Any = None) -> Peer:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain, key)
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def serve() -> None:
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as shown:
                        shown.recv(1)

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(thread.join)
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return Peer(f"https://127.0.0.1:{listener.getsockname()[1]}", [], certificate=certificate)

        yield start


@pytest.fixture(scope="session")
def untrusted(tls: Callable[..., Peer], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Peer]:
    """Start a server whose certificate is for an address, and good for so many hours; each kind once."""

    @cache
    def start(address: str, hours: int) -> Peer:
        made = issue_certificate(tmp_path_factory.mktemp("tls"), addresses=[address], good_for=dt.timedelta(hours=hours))
        return tls(made.chain, made.key, made)

    return start
