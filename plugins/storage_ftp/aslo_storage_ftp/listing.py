"""Folders on an FTP server: going into them, making them, listing them, and telling what is not there from what is refused.

A server answers 550 to both. What is taken for missing is therefore missing in a list as well.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from contextlib import closing
from ftplib import FTP, error_perm, error_temp
from typing import TYPE_CHECKING

from aslo_storage_ftp.connection import Nonsense, end_data, readable, wire

if TYPE_CHECKING:
    from collections.abc import Sequence

GOES_AWAY = "421"
_NOT_OFFERED = ("500", "501", "502", "504")
_NOTHING_THERE = ("450", "550")
_REFUSED_ALL_THE_SAME = "failed to open directory"
"""What vsftpd says with its 226 when it may not read the folder that it lists as empty."""

_SIZE = re.compile(r"213 +(\d{1,18})")
_TIME = re.compile(r"213 +(\d{14})")


class _Unreadable(error_perm):
    """A folder that is listed as empty since it may not be read."""


def enter(ftp: FTP, *folders: str) -> bool:
    """Go to the folder that `folders`, joined, name, from the one that was gone to. False when it is not there.

    Raises:
        error_perm: it is there, and the account may not go there.
    """
    path = posixpath.join(*folders)
    if not path or _go(ftp, path) is None:
        return True
    if path.startswith("/"):
        ftp.cwd("/")
    return all(_step(ftp, folder) for folder in _parts(path))


def make_and_enter(ftp: FTP, *folders: str) -> None:
    """Go to a folder, which is made where it is missing, with those above it."""
    path = posixpath.join(*folders)
    if _go(ftp, path) is None:
        return
    if path.startswith("/"):
        ftp.cwd("/")
    for folder in _parts(path):
        if _go(ftp, folder) is not None:
            _make(ftp, folder)
            ftp.cwd(wire(folder))


def size_of(ftp: FTP, name: str) -> int | None:
    """Size of a file in the folder that was gone to, or None when it is not there (RFC 3659, section 4).

    Raises:
        error_perm: it is there, and the account may not know its size.
    """
    try:
        return _size(ftp, name)
    except error_perm as error:
        if not says(error, "550") or name in entries(ftp):
            raise
        return None


def is_shown(ftp: FTP, name: str) -> bool:
    """Whether the server tells the size of a file in the folder that was gone to. What it refuses to tell of may be there."""
    try:
        _size(ftp, name)
    except error_perm as error:
        if not says(error, "550"):
            raise
        return False
    else:
        return True


def written_at(ftp: FTP, name: str) -> dt.datetime | None:
    """When a file in the folder that was gone to was last written to by the server's clock (RFC 3659, section 3).

    None when it is not there any more, or the server does not tell.
    """
    try:
        found = _TIME.match(ftp.sendcmd(f"MDTM {name}"))
        return dt.datetime.strptime(f"{found[1]}+0000", "%Y%m%d%H%M%S%z") if found else None
    except (error_perm, error_temp, ValueError) as error:
        if says(error, GOES_AWAY):
            raise
        return None


def entries(ftp: FTP) -> Sequence[str]:
    """Names of what lies in the folder that was gone to; by MLSD (RFC 3659), or where that is not offered by NLST."""
    try:
        return _by_mlsd(ftp)
    except error_perm as error:
        if not says(error, *_NOT_OFFERED):
            raise
    # Only with -a do many servers list what begins with a dot; others take it for the name of a folder.
    found = _names(ftp, "NLST -a") or _names(ftp, "NLST")
    ftp.voidcmd("TYPE I")  # ftplib lists as text, and leaves it at that for the files that come next
    return found


def _size(ftp: FTP, name: str) -> int:
    if not (found := _SIZE.fullmatch(answer := ftp.sendcmd(f"SIZE {name}"))):
        raise Nonsense(answer)
    return int(found[1])


def _by_mlsd(ftp: FTP) -> Sequence[str]:
    """Ask for the list by MLSD, which comes as it is whatever type is set (section 7.2); ftplib would set another one first."""
    found = []
    with closing(ftp.transfercmd("MLSD")) as data, data.makefile("r", encoding=ftp.encoding) as lines:
        while line := lines.readline(ftp.maxline + 1):
            if len(line) > ftp.maxline:
                raise Nonsense(f"a line of more than {ftp.maxline} characters in a list")
            _facts, _, name = line.rstrip("\r\n").partition(" ")
            found.append(name)
        end_data(data)
    ftp.voidresp()
    return found


def _names(ftp: FTP, command: str) -> Sequence[str]:
    found: list[str] = []
    try:
        answer = ftp.retrlines(command, found.append)
    except (error_perm, error_temp) as error:
        if not says(error, *_NOTHING_THERE):  # several servers answer so for an empty folder
            raise
        return ()
    if _REFUSED_ALL_THE_SAME in answer:
        raise _Unreadable(f"550 {readable(answer)}")
    return [posixpath.basename(name) for name in found]


def _step(ftp: FTP, folder: str) -> bool:
    """Go one folder down; False when it is not there, or is a file."""
    if (refused := _go(ftp, folder)) is None:
        return True
    name = wire(folder)
    if name in entries(ftp) and not _is_file(ftp, name):
        raise refused
    return False


def _is_file(ftp: FTP, name: str) -> bool:
    try:
        return ftp.sendcmd(f"SIZE {name}").startswith("213")
    except error_perm:
        return False


def _go(ftp: FTP, path: str) -> error_perm | None:
    """Go to a folder and return None, or what the server answers when it is missing or refused."""
    try:
        ftp.cwd(wire(path))
    except error_perm as error:
        if not says(error, "550"):
            raise
        return error
    return None


def _make(ftp: FTP, folder: str) -> None:
    try:
        ftp.mkd(wire(folder))
    except error_perm:
        # Somebody else may have made it meanwhile; if nobody did, going there fails and tells.
        return


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def says(error: Exception, *codes: str) -> bool:
    """Whether an answer that ftplib raised has one of these codes."""
    return str(error).startswith(codes)
