"""What the operator is told when a server refuses, and what can never be sent to one."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aslo_storage_ftp.connection import connected
from aslo_storage_ftp.storage import FtpStorage
from pydantic import ValidationError

from aslo_core.api import Blob, Secret, Transient
from aslo_core.testing.certificates import Certificate, make_certificate
from aslo_core.testing.ftp_server import FtpServer

Connect = Callable[..., FtpStorage]

INJECTIONS = ["aslo\r\nDELE x", "aslo\n", "aslo\r", "aslo\0", "\x1baslo", "aslo\x7f", "aslo\x85"]


def test_a_wrong_password_is_told_without_telling_it(connect: Connect, server: FtpServer, blob: Blob, source: Path) -> None:
    storage = connect(server, password=Secret("not the one"))
    with pytest.raises(
        Transient, match=r'storage "mirror" cannot keep .* login is refused: check user and password'
    ) as refused:
        storage.put(blob, source)
    assert "not the one" not in str(refused.value)


def test_an_account_that_may_not_write_is_told_so(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    with FtpServer(root, permissions="elr") as server, pytest.raises(Transient, match="check that the account may"):
        connect(server).put(blob, source)


def test_an_account_that_may_not_rename_leaves_nothing_behind(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    with FtpServer(root, permissions="elradmw") as server, pytest.raises(Transient, match="check that the account may"):
        connect(server).put(blob, source)
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_an_account_that_may_not_delete_is_told_so(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    with FtpServer(root, permissions="elrafmw") as server:
        storage = connect(server)
        storage.put(blob, source)
        with pytest.raises(Transient, match="cannot delete"):
            storage.delete(blob.name)


def test_a_server_that_is_not_there_is_told(connect: Connect, server: FtpServer, blob: Blob) -> None:
    with pytest.raises(Transient, match=r"on 127\.0\.0\.1:1: .*refused"):
        connect(server, port=1).stat(blob.name)


def test_a_list_with_a_line_without_end_is_not_kept_in_memory(connect: Connect, root: Path) -> None:
    def endless(*_about: object, **_more: object) -> Iterator[bytes]:
        yield b"type=file; " + b"x" * 100_000

    listing = {"format_mlsx": endless}
    with FtpServer(root, file_system=listing) as server, pytest.raises(Transient, match="more than 8192 characters in a list"):
        connect(server).names()


def test_a_certificate_of_a_stranger_is_not_trusted(
    connect: Connect, root: Path, certificate: Certificate, blob: Blob, source: Path
) -> None:
    with FtpServer(root, certificate=certificate) as server:
        storage = connect(server, tls="explicit")
        with pytest.raises(Transient, match=r"certificate is not trusted .*set ca_file"):
            storage.put(blob, source)


def test_a_certificate_for_another_name_is_not_trusted(connect: Connect, root: Path, tmp_path: Path, blob: Blob) -> None:
    certificate = make_certificate(tmp_path, hosts=["ftp.example.org"])
    with FtpServer(root, certificate=certificate) as server:
        storage = connect(server, tls="explicit", ca_file=certificate.chain)
        with pytest.raises(Transient, match="certificate is not trusted"):
            storage.stat(blob.name)


def test_nothing_is_sent_readably_to_a_server_without_encryption(
    connect: Connect, server: FtpServer, blob: Blob, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", "pyftpdlib"), pytest.raises(Transient, match="does not"):
        connect(server, tls="explicit").stat(blob.name)
    assert "AUTH TLS" in caplog.text
    assert "USER" not in caplog.text


def test_plain_ftp_to_a_server_that_wants_encryption_is_told(
    connect: Connect, root: Path, certificate: Certificate, blob: Blob
) -> None:
    with FtpServer(root, certificate=certificate) as server, pytest.raises(Transient, match="SSL/TLS required"):
        connect(server).stat(blob.name)


@pytest.mark.parametrize("option", ["host", "user", "password", "path"])
@pytest.mark.parametrize("value", INJECTIONS)
def test_an_option_cannot_hold_a_second_command(connect: Connect, server: FtpServer, option: str, value: str) -> None:
    with pytest.raises(ValidationError, match=option) as refused:
        connect(server, **{option: value})
    assert value not in str(refused.value)


@pytest.mark.parametrize("value", ["x\r\nDELE y", "x\n", "x\r", "x\0", "\x1bx", "x\x7f"])
def test_whatever_comes_to_the_connection_no_control_character_leaves_it(
    connect: Connect, server: FtpServer, value: str
) -> None:
    with connected(connect(server)._server) as ftp, pytest.raises(ValueError, match="control character"):
        ftp.cwd(value)


def test_a_secret_is_in_no_representation(connect: Connect, server: FtpServer) -> None:
    assert server.password not in repr(connect(server)._server)


@pytest.mark.parametrize("text", [None, "", "no certificate"])
def test_a_file_without_certificates_is_an_error_of_the_configuration(
    connect: Connect, server: FtpServer, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "ca.pem").write_text(text)
    with pytest.raises(ValueError, match=r"ca_file: .*ca\.pem is no file of certificates"):
        connect(server, tls="explicit", ca_file="ca.pem")


def test_certificates_without_encryption_are_a_contradiction(connect: Connect, server: FtpServer) -> None:
    with pytest.raises(ValidationError, match="ca_file has no meaning"):
        connect(server, tls="off", ca_file="ca.pem")


def test_encryption_is_the_default_and_checks_certificates(connect: Connect, server: FtpServer) -> None:
    tls = connect(server, tls="explicit")._server.tls
    assert tls is not None
    assert tls.verify_mode is ssl.CERT_REQUIRED
    assert tls.check_hostname


@pytest.mark.parametrize(("tls", "port"), [("off", 21), ("explicit", 21), ("implicit", 990)])
def test_the_port_follows_the_encryption_unless_it_is_given(connect: Connect, server: FtpServer, tls: str, port: int) -> None:
    assert connect(server, tls=tls, port=None)._server.port == port
    assert connect(server, tls=tls, port=2121)._server.port == 2121


def test_nothing_is_said_readably_to_a_server_that_is_taken_for_an_implicit_one(
    connect: Connect, server: FtpServer, blob: Blob, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", "pyftpdlib"), pytest.raises(Transient, match="cannot look for"):
        connect(server, tls="implicit").stat(blob.name)
    assert "USER" not in caplog.text
