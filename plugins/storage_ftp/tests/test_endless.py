"""An FTP server whose answer has no end is given up, and not kept in memory."""

import ssl
from collections.abc import Callable

import pytest
from aslo_storage_ftp.storage import FtpStorage

from aslo_core.api import Blob, Transient
from aslo_core.testing.certificates import Certificate
from aslo_core.testing.dripping_server import CONNECTED, DrippingServer

Connect = Callable[..., FtpStorage]

ANSWERS = {
    CONNECTED: "220 hello",
    "USER": "331 who",
    "PASS": "230 welcome",
    "TYPE": "200 bytes",
    "CWD": "250 there",
    "PBSZ": "200 OK",
    "PROT": "200 OK",
}
EVERYWHERE = pytest.mark.parametrize("at", [CONNECTED, "PASS", "SIZE"])


@pytest.fixture
def given_up(connect: Connect, blob: Blob) -> Callable[..., str]:
    """Look for an object on a server, in vain; why it was given up."""

    def give_up(server: DrippingServer, seconds: float, **options: object) -> str:
        with pytest.raises(Transient) as reason:
            connect(server, timeout_seconds=seconds, **options).stat(blob.name)
        return str(reason.value)

    return give_up


@EVERYWHERE
@pytest.mark.parametrize("piece", [b"213-more\r\n", b"2"])
def test_an_answer_that_drips_is_waited_for_no_longer_than_any(given_up: Callable[..., str], at: str, piece: bytes) -> None:
    with DrippingServer(ANSWERS, at, piece, pause=0.05, pieces=200) as server:
        assert "the server did not answer in time" in given_up(server, 0.5)


def test_encryption_changes_nothing(given_up: Callable[..., str], certificate: Certificate) -> None:
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(certificate.chain, certificate.key)
    with DrippingServer(ANSWERS, "SIZE", b"213-more\r\n", pause=0.05, pieces=200, trust=trust) as server:
        assert "the server did not answer in time" in given_up(server, 2, tls="implicit", ca_file=certificate.chain)


@EVERYWHERE
def test_an_answer_without_end_is_not_kept_in_memory(given_up: Callable[..., str], at: str) -> None:
    with DrippingServer(ANSWERS, at, b"213-more\r\n", pieces=100_000) as server:
        assert "the server's answer makes no sense: 'an answer of more than 65536 bytes'" in given_up(server, 20)
