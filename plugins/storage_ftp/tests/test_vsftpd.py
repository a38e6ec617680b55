"""vsftpd as Debian ships it: it insists on TLS sessions that are resumed, and knows no MLSD."""

import ftplib
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aslo_storage_ftp.storage import FtpStorage

from aslo_core.api import Secret, Storage
from aslo_core.testing.certificates import Certificate
from aslo_core.testing.processes import on_free_port, running
from aslo_core.testing.services import missing
from aslo_core.testing.storage import StorageContract

Connect = Callable[..., FtpStorage]


@dataclass(frozen=True)
class Vsftpd:
    port: int
    host: str = "127.0.0.1"
    user: str = "anonymous"
    password: str = "somebody@example.org"


def settings(port: int, folder: Path, certificate: Certificate) -> dict[str, object]:
    return {
        "listen": "YES",
        "background": "NO",
        "listen_address": "127.0.0.1",
        "listen_port": port,
        "run_as_launching_user": "YES",
        "anonymous_enable": "YES",
        "anon_root": folder,
        "write_enable": "YES",
        "anon_upload_enable": "YES",
        "anon_mkdir_write_enable": "YES",
        "anon_other_write_enable": "YES",
        "anon_umask": "022",
        "ssl_enable": "YES",
        "allow_anon_ssl": "YES",
        "force_anon_logins_ssl": "YES",
        "force_anon_data_ssl": "YES",
        "require_ssl_reuse": "YES",
        "rsa_cert_file": certificate.chain,
        "rsa_private_key_file": certificate.key,
        "ssl_ciphers": "HIGH",
        "seccomp_sandbox": "NO",
        "xferlog_enable": "NO",
    }


@contextmanager
def run_vsftpd(program: str, folder: Path, certificate: Certificate, port: int) -> Iterator[Vsftpd]:
    configuration = folder.parent / "vsftpd.conf"
    configuration.write_text("".join(f"{key}={value}\n" for key, value in settings(port, folder, certificate).items()))

    def greets() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                return connection.recv(3) == b"220"
        except ConnectionError:
            return False

    with running([program, configuration], log=folder.parent / "vsftpd.log", is_ready=greets):
        yield Vsftpd(port)


@pytest.fixture(scope="module")
def vsftpd(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[Vsftpd]:
    program = shutil.which("vsftpd") or shutil.which("vsftpd", path="/usr/sbin")
    if program is None:
        missing("vsftpd is not installed: install the package vsftpd")
    folder = tmp_path_factory.mktemp("vsftpd") / "served"
    folder.mkdir()
    with ExitStack() as stack:
        yield on_free_port(lambda port: stack.enter_context(run_vsftpd(program, folder, certificate, port)))


class TestVsftpd(StorageContract):
    @pytest.fixture
    def storage(self, connect: Connect, vsftpd: Vsftpd, certificate: Certificate, tmp_path: Path) -> Storage:
        return connect(vsftpd, password=Secret(vsftpd.password), tls="explicit", ca_file=certificate.chain, path=tmp_path.name)


def test_it_really_insists_on_resumed_sessions(vsftpd: Vsftpd, certificate: Certificate) -> None:
    """Else this file would not test what it is for."""
    context = ssl.create_default_context(cafile=certificate.chain)
    with ftplib.FTP_TLS(context=context, timeout=10) as client:  # noqa: S321 (it is what is tested)
        client.connect(vsftpd.host, vsftpd.port)
        client.login(vsftpd.user, vsftpd.password)
        client.prot_p()
        with pytest.raises((ftplib.Error, OSError, EOFError)):
            client.nlst()
