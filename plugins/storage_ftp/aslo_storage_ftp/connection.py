"""A connection to an FTP server on which nothing but the commands that are meant can be sent."""

from __future__ import annotations

import ftplib
import io
import posixpath
import re
import socket
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO, cast

from aslo_core.api import Answers, AnswerTooLong, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIRE = "latin-1"
"""Answers are decoded by this, since it never fails whatever a server speaks; `wire` and `readable` carry UTF-8 through."""

_PORTS = 1 << 16

PORT, IMPLICIT_PORT = 21, 990
"""ftp and ftps in IANA's registry of services."""

_LONGEST_ANSWER = 1 << 16
"""Bytes: servers greet with many lines, and some tell about each folder that is gone to."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Server:
    """Where to connect to and as whom.

    Attributes:
        host: name or address.
        port: port of the control connection.
        user: account.
        password: its password.
        path: folder of the objects, from the root with a slash in front, else from where the login leads to.
        timeout: seconds to wait for any answer, until its end.
        tls: how to encrypt and whom to trust, or None for plain FTP.
        implicit: whether the server expects TLS from the first byte on, rather than after `AUTH TLS`.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    path: str
    timeout: float
    tls: ssl.SSLContext | None
    implicit: bool = False

    def place(self) -> Place:
        """Where the objects are, by whatever account and encryption; see `aslo_core.api.Located`.

        A path without a slash in front leads to another folder for each account. The standard ports are of one server.
        """
        port = "" if self.port in (PORT, IMPLICIT_PORT) else f":{self.port}"
        path = posixpath.normpath(self.path)
        home = "" if path.startswith("/") else self.user
        return Place(service=f"ftp://{self.host.lower().rstrip('.')}{port}", path=(home, f"/{path.lstrip('/')}"))


class Nonsense(ftplib.Error):
    """An answer that no server gives to such a command."""


class _Plain(ftplib.FTP):
    """FTP that refuses to send a control character, wherever it came from, and whose timeout is for each whole answer.

    Data connections go to the host of the control connection, whatever address the answer to PASV names: a server behind NAT
    names one that nobody reaches, a hostile one names somebody else's.
    """

    trust_server_pasv_ipv4_address = False
    _answers: Answers | None = None

    def getmultiline(self) -> str:
        connection = cast("socket.socket", self.sock)
        if self._answers is None or self._answers.connection is not connection:  # nothing was read from ftplib's own file
            cast("TextIO", self.file).close()
            self._answers = Answers(connection, cast("float", self.timeout), _LONGEST_ANSWER)
            self.file = io.TextIOWrapper(io.BufferedReader(self._answers), encoding=self.encoding)
        self._answers.expect()
        try:
            return super().getmultiline()
        except AnswerTooLong as error:
            raise Nonsense(str(error)) from error

    def makepasv(self) -> tuple[str, int]:
        try:
            host, port = super().makepasv()
        except ValueError as error:
            raise Nonsense("no port in the answer to EPSV") from error
        if not 0 < port < _PORTS:
            raise Nonsense(f"port {port} in the answer to PASV or EPSV")
        return host, port

    def putline(self, line: str) -> None:
        if _CONTROL.search(line):
            raise ValueError("a control character in a command of FTP")
        super().putline(line)


class _Encrypted(_Plain, ftplib.FTP_TLS):
    """FTPS whose data connections resume the TLS session of the control connection.

    Servers ask for that (vsftpd's `require_ssl_reuse` is on by default) so that nobody else can take the data connection.
    """

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        connection, size = super(ftplib.FTP_TLS, self).ntransfercmd(cmd, rest)
        session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
        try:
            return self.context.wrap_socket(connection, server_hostname=self.host, session=session), size
        except BaseException:
            connection.close()
            raise


class _Implicit(_Encrypted):
    """FTPS on a port of its own, encrypted from the first byte on."""

    def connect(
        self,
        host: str = "",
        port: int = 0,
        timeout: float | None = None,
        source_address: tuple[str, int] | None = None,
    ) -> str:
        self.host, self.port, self.timeout = host, port, timeout
        connection = socket.create_connection((host, port), timeout, source_address)
        try:
            self.sock = self.context.wrap_socket(connection, server_hostname=host)
        except BaseException:
            connection.close()
            raise
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome


def connect(server: Server) -> ftplib.FTP:
    """Log in, encrypted where `server.tls` is given, ready for binary transfers.

    Raises:
        ftplib.Error, OSError, EOFError: what `failures.told` explains.
    """
    ftp: ftplib.FTP
    if server.tls is None:
        ftp = _Plain(encoding=_WIRE)
    else:
        ftp = (_Implicit if server.implicit else _Encrypted)(context=server.tls, encoding=_WIRE)
    try:
        ftp.connect(server.host, server.port, server.timeout)
        ftp.login(wire(server.user), wire(server.password))
        if isinstance(ftp, _Encrypted):
            ftp.prot_p()
        ftp.voidcmd("TYPE I")
    except BaseException:
        ftp.close()
        raise
    return ftp


@contextmanager
def connected(server: Server) -> Iterator[ftplib.FTP]:
    """Log in for the time of a block. After an error the connection is dropped, since what it would say next is unknown."""
    ftp = connect(server)
    try:
        yield ftp
        say_goodbye(ftp)
    finally:
        ftp.close()


def say_goodbye(ftp: ftplib.FTP) -> None:
    """End a connection whose work is done; whether the server answers is of no interest any more."""
    with suppress(*ftplib.all_errors):
        ftp.quit()


def end_data(connection: socket.socket) -> None:
    """Tell the other side of an encrypted data connection that all was said.

    Many servers close without an answer; sizes and digests, not this, show whether all arrived.
    """
    if isinstance(connection, ssl.SSLSocket):
        with suppress(OSError):
            connection.unwrap()


def wire(text: str) -> str:
    """Prepare text for a command so that it goes out in UTF-8 (RFC 2640)."""
    return text.encode().decode(_WIRE)


def readable(answer: str) -> str:
    """What a server said, on one line of at most 200 characters."""
    return " ".join(answer.encode(_WIRE, "replace").decode(errors="replace").split())[:200]
