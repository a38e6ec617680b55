"""An object on its way from the server, as a file."""

from __future__ import annotations

import io
from contextlib import suppress
from ftplib import FTP, all_errors
from typing import TYPE_CHECKING

from aslo_storage_ftp.connection import end_data, say_goodbye
from aslo_storage_ftp.failures import told

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer


class RemoteFile(io.RawIOBase):
    """Reads one transfer and owns its two connections. Its end before all bytes came is an error, never the end of a file.

    Args:
        ftp: the connection that asked for the transfer, used for nothing else.
        data: the connection that the bytes come on.
        remaining: how many bytes there are to come.
        doing: what failed, for errors.
    """

    def __init__(self, ftp: FTP, data: socket.socket, remaining: int, doing: str) -> None:
        super().__init__()
        self._ftp = ftp
        self._data = data
        self._remaining = remaining
        self._doing = doing

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill `buffer` as far as bytes are there.

        Raises:
            Transient: the connection ended, failed, or brought nothing in time.
        """
        wanted = memoryview(buffer).cast("B")[: self._remaining]
        if not wanted:
            return 0
        with told(self._doing):
            count = self._data.recv_into(wanted)
            if not count:
                raise EOFError
        self._remaining -= count
        return count

    def close(self) -> None:
        """Let go of both connections; before the end the transfer is broken off."""
        if self.closed:
            return
        super().close()
        try:
            if not self._remaining:
                end_data(self._data)
            self._data.close()
            if not self._remaining:
                with suppress(*all_errors):
                    self._ftp.voidresp()
                    say_goodbye(self._ftp)
        finally:
            self._ftp.close()
