"""A mail server whose answer has no end is given up, wherever in the exchange, and not kept in memory."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from aslo_core.api import Transient
from aslo_core.testing.dripping_server import CONNECTED, DrippingServer

if TYPE_CHECKING:
    from aslo_core.testing.certificates import Certificate
    from aslo_core.testing.mail_server import Security
    from plugins.notify_email.tests.conftest import Post

ANSWERS = {CONNECTED: "220 hello", "EHLO": "250 hello", "MAIL": "250 OK", "RCPT": "250 OK", "DATA": "354 go on"}
EVERYWHERE = pytest.mark.parametrize("at", [CONNECTED, "EHLO", "MAIL", "RCPT", "DATA", "."])


@pytest.fixture
def security() -> Security:
    return "none"


def given_up(post: Post, server: DrippingServer, seconds: float, **options: object) -> str:
    with pytest.raises(Transient) as reason:
        post.notifier(port=server.port, timeout_seconds=seconds, **options).notify(post.notice("n1", "published"))
    return str(reason.value)


@EVERYWHERE
@pytest.mark.parametrize("piece", [b"250-more\r\n", b"2"])
def test_an_answer_that_drips_is_waited_for_no_longer_than_any(post: Post, at: str, piece: bytes) -> None:
    with DrippingServer(ANSWERS, at, piece, pause=0.05, pieces=200) as server:
        assert "timed out" in given_up(post, server, 0.5)


def test_encryption_changes_nothing(post: Post, certificate: Certificate) -> None:
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(certificate.chain, certificate.key)
    with DrippingServer(ANSWERS, "RCPT", b"250-more\r\n", pause=0.05, pieces=200, trust=trust) as server:
        assert "timed out" in given_up(post, server, 2, security="tls", ca_file=certificate.chain)


@EVERYWHERE
@pytest.mark.parametrize("piece", [b"250-more\r\n", b"2" * 10])
def test_an_answer_without_end_is_not_kept_in_memory(post: Post, at: str, piece: bytes) -> None:
    with DrippingServer(ANSWERS, at, piece, pieces=10_000) as server:
        assert "an answer of more than 8192 bytes" in given_up(post, server, 20)
