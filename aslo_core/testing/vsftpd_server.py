"""vsftpd, as Debian ships it, with a configuration of its own: it insists on TLS sessions that are resumed, and knows no MLSD."""

from __future__ import annotations

import shutil
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aslo_core.testing.processes import NotInstalled, free_ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aslo_core.testing.certificates import Certificate
    from aslo_core.testing.small_disk import SmallDisk

_CHAIN, _KEY = "certificate.pem", "key.pem"

Encryption = Literal["off", "explicit", "implicit"]


@dataclass(frozen=True)
class Vsftpd:
    """A server that is running. Anybody may log in and do everything in `root`.

    Attributes:
        root: the folder that it serves.
        folder: its configuration, its certificate and its log.
        host: where it listens.
        port: port of its control connection.
        user: the only account.
        password: any address will do.
    """

    root: Path
    folder: Path
    host: str
    port: int
    user: str = "anonymous"
    password: str = "somebody@example.org"

    def present(self, certificate: Certificate) -> None:
        """Show this certificate to whoever connects from now on: vsftpd reads the files for each connection."""
        shutil.copyfile(certificate.chain, self.folder / _CHAIN)
        shutil.copyfile(certificate.key, self.folder / _KEY)


@contextmanager
def run_vsftpd(
    folder: Path,
    disk: SmallDisk,
    certificate: Certificate,
    *,
    encryption: Encryption = "explicit",
    host: str = "127.0.0.1",
    passive_ports: Sequence[int] = (),
) -> Iterator[Vsftpd]:
    """Serve a folder of a small disk on a free port while the block runs.

    Args:
        folder: where its configuration and its log are written.
        disk: the disk whose folder `served` is served.
        certificate: what it shows where it encrypts.
        encryption: what it insists on.
        host: loopback address to listen on.
        passive_ports: consecutive ports for data connections; any free ones when empty.

    Raises:
        NotInstalled: there is no vsftpd.
        ServerFailed: it does not come up.
    """
    program = shutil.which("vsftpd") or shutil.which("vsftpd", path="/usr/sbin")
    if program is None:
        raise NotInstalled("vsftpd is not installed: install the package vsftpd")
    (port,) = free_ports(1, host)
    root = disk.folder / "served"
    root.mkdir(exist_ok=True)
    settings: dict[str, object] = {
        "listen": "YES",
        "background": "NO",
        "listen_address": host,
        "listen_port": port,
        "pasv_min_port": min(passive_ports, default=0),
        "pasv_max_port": max(passive_ports, default=0),
        "run_as_launching_user": "YES",
        "anonymous_enable": "YES",
        "anon_root": disk.inside / "served",
        "write_enable": "YES",
        "anon_upload_enable": "YES",
        "anon_mkdir_write_enable": "YES",
        "anon_other_write_enable": "YES",
        "anon_umask": "022",
        "seccomp_sandbox": "NO",
        "xferlog_enable": "NO",
    }
    if encryption != "off":
        settings |= {
            "ssl_enable": "YES",
            "implicit_ssl": "YES" if encryption == "implicit" else "NO",
            "allow_anon_ssl": "YES",
            "force_anon_logins_ssl": "YES",
            "force_anon_data_ssl": "YES",
            "require_ssl_reuse": "YES",
            "rsa_cert_file": folder / _CHAIN,
            "rsa_private_key_file": folder / _KEY,
            "ssl_ciphers": "HIGH",
        }
    server = Vsftpd(root, folder, host, port)
    server.present(certificate)
    configuration, log = folder / "vsftpd.conf", folder / "vsftpd.log"
    configuration.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))

    def is_ready() -> bool:
        with suppress(OSError), socket.create_connection((host, port), timeout=5) as connection:
            return encryption == "implicit" or connection.recv(3) == b"220"
        return False

    with running(disk.command([program, configuration]), log=log, is_ready=is_ready):
        yield server
