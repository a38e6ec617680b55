"""The front passes on what is said under TLS, and a new certificate is shown to everybody at once."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from aslo_core.testing.certificates import IssuedCertificate, issue_certificate
from aslo_core.testing.proxy import Address
from aslo_core.testing.tls_front import TlsFront


def certificate(folder: Path) -> IssuedCertificate:
    folder.mkdir()
    return issue_certificate(folder, addresses=["127.0.0.1"])


@contextmanager
def connected(front: TlsFront, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(front.address, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as encrypted,
    ):
        yield encrypted


def said(connection: ssl.SSLSocket, data: bytes) -> bytes:
    connection.sendall(data)
    return connection.recv(len(data))


def test_a_new_certificate_ends_what_was_begun_under_the_old_one(echo: Address, tmp_path: Path) -> None:
    first, second = certificate(tmp_path / "first"), certificate(tmp_path / "second")
    trusting_first = ssl.create_default_context(cafile=first.authority)
    with TlsFront(echo, first) as front:
        with connected(front, trusting_first) as connection:
            assert said(connection, b"hello") == b"hello"
            session = connection.session
            front.present(second)
            with suppress(OSError):
                assert connection.recv(1) == b""
        with pytest.raises(ssl.SSLCertVerificationError), connected(front, trusting_first, session):
            pass
        with connected(front, ssl.create_default_context(cafile=second.authority)) as connection:
            assert said(connection, b"hello") == b"hello"
