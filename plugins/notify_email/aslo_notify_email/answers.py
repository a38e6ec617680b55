"""Answers of a mail server, each of which has an end."""

from __future__ import annotations

import io
import smtplib
import time
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer

_LONGEST = 8192
"""Bytes of an answer: sixteen lines of the longest kind (RFC 5321, 4.5.3.1.5)."""


class _Answers(io.RawIOBase):
    """Reads what a server says up to a time and a length, so that one that drips holds up nobody.

    Args:
        connection: where it comes from; stays open when this is closed.
        seconds: how long each answer may take as a whole.
    """

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        super().__init__()
        self._connection = connection
        self._seconds = seconds
        self.expect()

    def expect(self) -> None:
        """Begin to wait for an answer."""
        self._end = time.monotonic() + self._seconds
        self._room = _LONGEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._connection.settimeout(left)
        try:
            count = self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(self._seconds)
        self._room -= count
        if self._room < 0:
            raise OSError(f"an answer of more than {_LONGEST} bytes")
        return count


class TimelySMTP(smtplib.SMTP):
    """SMTP whose timeout is for each whole answer, not for each piece of one."""

    def getreply(self) -> tuple[int, bytes]:
        """Wait for an answer.

        Raises:
            smtplib.SMTPServerDisconnected: the server broke off, or the answer took too long or grew too large.
        """
        if self.file is None:
            self.file = io.BufferedReader(_Answers(cast("socket.socket", self.sock), self.timeout))
        self.file.raw.expect()
        return super().getreply()


class TimelySMTPS(TimelySMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""
