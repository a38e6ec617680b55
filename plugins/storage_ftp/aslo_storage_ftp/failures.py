"""What an error of FTP means for whoever has to mend it."""

from __future__ import annotations

import ftplib
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aslo_core.api import Transient
from aslo_storage_ftp.connection import Nonsense, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

_CURES = {
    "421": "the server is closing or has too many connections",
    "430": "the login is refused: check user and password",
    "452": "the server has no room: free some",
    "500": "the server does not know the command",
    "502": "the server does not offer the command",
    "504": "the server does not offer this form of the command",
    "522": "the server does not accept this encryption of data",
    "530": "the login is refused: check user and password, and that this server accepts them with or without TLS as set",
    "534": "the server refuses to encrypt",
    "550": "the server refuses: check that the account may list, read, write, rename and delete there",
    "552": "the account's room is used up: raise its quota or free some",
    "553": "the server refuses the file name: check that the account may write and rename there",
}
"""By code of the reply (RFC 959, section 4.2; RFC 4217)."""


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn what ftplib raises within the block into a Transient that begins with `doing` and names reason and cure.

    All of it is transient: neither the developer nor the bundle is at fault, and the operator can mend it.
    """
    try:
        yield
    except (ftplib.Error, OSError, EOFError) as error:
        raise Transient(f"{doing}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the server's certificate is not trusted ({error.verify_message}): "
            "set ca_file to the certificate of its authority, and host to the name in it"
        )
    if isinstance(error, Nonsense):
        return f"the server's answer makes no sense: {readable(str(error))!r}"
    if isinstance(error, ftplib.Error):
        answer = readable(str(error))
        return f"{_CURES.get(answer[:3], 'the server refuses')} (it said {answer!r})"
    if isinstance(error, TimeoutError):
        return "the server did not answer in time"
    if isinstance(error, EOFError):
        return "the server closed the connection"
    return str(error)
