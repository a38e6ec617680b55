"""vsftpd, as Debian ships it, with a configuration of its own: it insists on resumed TLS sessions, and knows no MLSD."""

from __future__ import annotations

import shutil
import socket
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Literal, Self

from aslo_core.testing.processes import NotInstalled, free_ports, running

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aslo_core.testing.certificates import Certificate
    from aslo_core.testing.small_disk import SmallDisk

_CHAIN, _KEY = "certificate.pem", "key.pem"

Encryption = Literal["off", "explicit", "implicit"]

_SETTINGS: Mapping[str, object] = {
    "listen": "YES",
    "background": "NO",
    "run_as_launching_user": "YES",
    "anonymous_enable": "YES",
    "write_enable": "YES",
    "anon_upload_enable": "YES",
    "anon_mkdir_write_enable": "YES",
    "anon_other_write_enable": "YES",
    "anon_umask": "022",
    "allow_anon_ssl": "YES",
    "force_anon_logins_ssl": "YES",
    "force_anon_data_ssl": "YES",
    "require_ssl_reuse": "YES",
    "ssl_ciphers": "HIGH",
    "seccomp_sandbox": "NO",
    "xferlog_enable": "NO",
}
"""By its manual, vsftpd.conf(5)."""


class Vsftpd:
    """Serves a folder of a small disk on a free port while its `with` block runs. Anybody may log in and do everything.

    Args:
        folder: where its configuration, its certificate and its log are written.
        disk: the disk whose folder `served` is served.
        certificate: what it shows where it encrypts.
        encryption: what it insists on.
        host: loopback address to listen on.
        passive_ports: consecutive ports for data connections; any free ones when empty.

    Attributes:
        root: the folder that is served.
        host: where it listens.
        port: port of its control connection.
        user: the only account.
        password: any address will do.

    Raises:
        NotInstalled: there is no vsftpd.
    """

    user = "anonymous"
    password = "somebody@example.org"  # noqa: S105 (any will do)

    def __init__(
        self,
        folder: Path,
        disk: SmallDisk,
        certificate: Certificate,
        *,
        encryption: Encryption = "explicit",
        host: str = "127.0.0.1",
        passive_ports: Sequence[int] = (),
    ) -> None:
        program = shutil.which("vsftpd") or shutil.which("vsftpd", path="/usr/sbin")
        if program is None:
            raise NotInstalled("vsftpd is not installed: install the package vsftpd")
        self.root = disk.folder / "served"
        self.root.mkdir(exist_ok=True)
        self.host = host
        (self.port,) = free_ports(1, host)
        self._folder = folder
        self._encryption = encryption
        self._running = ExitStack()
        settings = {
            **_SETTINGS,
            "listen_address": host,
            "listen_port": self.port,
            "pasv_min_port": min(passive_ports, default=0),
            "pasv_max_port": max(passive_ports, default=0),
            "anon_root": disk.inside / "served",
            "ssl_enable": _yes(encryption != "off"),
            "implicit_ssl": _yes(encryption == "implicit"),
            "rsa_cert_file": folder / _CHAIN,
            "rsa_private_key_file": folder / _KEY,
        }
        configuration = folder / "vsftpd.conf"
        configuration.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        self._command = disk.command([program, configuration])
        self._show(certificate)

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def present(self, certificate: Certificate) -> None:
        """Show this certificate to whoever connects from now on. vsftpd reads it when it starts, so it starts anew."""
        self._running.close()
        self._show(certificate)
        self._start()

    def _show(self, certificate: Certificate) -> None:
        shutil.copyfile(certificate.chain, self._folder / _CHAIN)
        shutil.copyfile(certificate.key, self._folder / _KEY)

    def _start(self) -> None:
        log = self._folder / "vsftpd.log"
        self._running.enter_context(running(self._command, log=log, is_ready=self._is_ready))

    def _is_ready(self) -> bool:
        with suppress(OSError), socket.create_connection((self.host, self.port), timeout=5) as connection:
            return self._encryption == "implicit" or connection.recv(3) == b"220"
        return False


def _yes(value: bool) -> str:
    return "YES" if value else "NO"
