"""What a server of a line protocol says, read so that each answer has an end."""

from __future__ import annotations

import io
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class AnswerTooLong(OSError):
    """An answer is longer than any that was to be expected."""


class Answers(io.RawIOBase):
    """Reads from a connection up to a time and a length, so that a server that drips, or never ends, holds up nobody.

    For the clients of the standard library (ftplib, smtplib), whose own timeout begins anew with each piece of an answer.

    Args:
        connection: where answers come from; stays open when this is closed.
        seconds: how long each answer may take as a whole.
        longest: how many bytes each may have.

    Attributes:
        connection: where answers come from, for a client that changes to another one, as to an encrypted one.
    """

    def __init__(self, connection: socket.socket, seconds: float, longest: int) -> None:
        super().__init__()
        self.connection = connection
        self._seconds = seconds
        self._longest = longest
        self.expect()

    def expect(self) -> None:
        """Begin to wait for an answer."""
        self._end = time.monotonic() + self._seconds
        self._room = self._longest

    def readable(self) -> bool:
        """Whether it can be read from: it can."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Take what there is, and wait for it where there is nothing; tell how many bytes, none at the end.

        Raises:
            TimeoutError: the answer took too long.
            AnswerTooLong: it has too many bytes.
            OSError: the connection failed.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.connection.settimeout(left)
        try:
            count = self.connection.recv_into(buffer)
        finally:
            self.connection.settimeout(self._seconds)
        self._room -= count
        if self._room < 0:
            raise AnswerTooLong(f"an answer of more than {self._longest} bytes")
        return count
