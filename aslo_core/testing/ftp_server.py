"""A real FTP or FTPS server (pyftpdlib) in a thread, whose abilities a test may take away."""

from __future__ import annotations

import os
import secrets
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

with warnings.catch_warnings():
    # On Python 3.11 pyftpdlib uses modules that 3.12 removed.
    warnings.filterwarnings("ignore", "The asyn(core|chat) module is deprecated", DeprecationWarning)
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.filesystems import AbstractedFS
    from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

from aslo_core.testing.modes import obeyed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from aslo_core.testing.certificates import Certificate

_EVERYTHING = "elradfmwMT"
"""pyftpdlib's letters for every permission."""


class _AsItIs(AbstractedFS):  # type: ignore[misc]
    """Takes paths as they are: one that leads into the mount namespace of a process has no real path out here.

    And it leaves this process where it is: pyftpdlib goes to a folder and back, and other threads would go along.
    """

    def realpath(self, path: str) -> str:
        return path

    def chdir(self, path: str) -> None:
        os.scandir(path).close()  # refuses what os.chdir would
        self.cwd = self.fs2ftp(path)


class _Implicit(TLS_FTPHandler):  # type: ignore[misc]
    """Encrypts from the first byte on, before it greets."""

    def handle(self) -> None:
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self) -> None:
        super().handle()


class FtpServer:
    """Serves a folder on a free port while its `with` block runs. Even as root it obeys the modes of files.

    Args:
        root: the folder.
        host: loopback address to listen on.
        certificate: encrypts commands and data, and insists on it; None for plain FTP.
        implicit: with a certificate, expect TLS from the first byte on, rather than after `AUTH TLS`.
        permissions: what the account may do, in pyftpdlib's letters.
        without: commands that it does not offer.
        passive_ports: ports for data connections; any free ones when empty.
        file_system: methods that replace those of pyftpdlib's `AbstractedFS`, such as `rename` or `open`.
        password: password of the account; a random one when empty.
        answers: replies that it gives to these commands in place of its own.
        masquerade: address that it names in its answer to PASV, in place of its own.

    Attributes:
        root: the folder.
        host: where it listens.
        user: the only account.
        password: its password.
        port: port of its control connection.
    """

    def __init__(
        self,
        root: Path,
        *,
        host: str = "127.0.0.1",
        certificate: Certificate | None = None,
        implicit: bool = False,
        permissions: str = _EVERYTHING,
        without: Collection[str] = (),
        passive_ports: Sequence[int] = (),
        file_system: Mapping[str, Callable[..., Any]] | None = None,
        password: str = "",
        masquerade: str = "",
        answers: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root
        self.host = host
        self.user = "aslo"
        self.password = password or secrets.token_hex(12)
        authorizer = DummyAuthorizer()
        authorizer.add_user(self.user, self.password, str(root), perm=permissions)
        authorizer.user_table[self.user]["home"] = str(root)
        base = FTPHandler if certificate is None else _Implicit if implicit else TLS_FTPHandler
        attributes: dict[str, Any] = {
            "authorizer": authorizer,
            "proto_cmds": {name: entry for name, entry in base.proto_cmds.items() if name not in without},
            "passive_ports": list(passive_ports) or None,
            "auth_failed_timeout": 0,
            "masquerade_address": masquerade or None,
            "abstracted_fs": type("FileSystem", (_AsItIs,), dict(file_system or {})),
        }
        for command, answer in (answers or {}).items():
            attributes[f"ftp_{command}"] = lambda handler, _argument, answer=answer: handler.respond(answer)
        if certificate is not None:
            attributes |= {"tls_control_required": True, "tls_data_required": True}
        # A class of its own for each server: pyftpdlib takes all settings from the handler's class.
        self._handler: Any = type("Handler", (base,), attributes)
        if certificate is not None:
            self.present(certificate)
        self._server = FTPServer((self.host, 0), self._handler, ioloop=IOLoop())
        self.port: int = self._server.address[1]
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="ftp-server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def present(self, certificate: Certificate) -> None:
        """Show this certificate to whoever connects from now on."""
        self._handler.certfile, self._handler.keyfile = str(certificate.chain), str(certificate.key)
        self._handler.ssl_context = None
        self._handler.ssl_context = self._handler.get_ssl_context()

    def _serve(self) -> None:
        with obeyed():
            while not self._end.is_set():
                self._server.ioloop.loop(timeout=0.05, blocking=False)
            self._hang_up()
            self._server.close_all()

    def _hang_up(self) -> None:
        """Close what is open without the ceremony of TLS, which would wait for peers that are gone; data before control."""
        for kind in (DTPHandler, FTPHandler):
            for connection in list(self._server.ioloop.socket_map.values()):
                if isinstance(connection, kind):
                    kind.close(connection)
