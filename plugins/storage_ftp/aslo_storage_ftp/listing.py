"""Folders on an FTP server: going into them, making them, listing them."""

from __future__ import annotations

import posixpath
from ftplib import FTP, error_perm, error_temp
from typing import TYPE_CHECKING

from aslo_storage_ftp.connection import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_OFFERED = ("500", "501", "502", "504")
_NOTHING_THERE = ("450", "550")


def enter(ftp: FTP, *folders: str) -> bool:
    """Go to the folder that `folders`, joined, name. False when it is not there."""
    try:
        ftp.cwd(wire(posixpath.join(*folders)))
    except error_perm as error:
        if not _says(error, "550"):
            raise
        return False
    return True


def make_and_enter(ftp: FTP, *folders: str) -> None:
    """Go to a folder, which is made where it is missing, with those above it."""
    if enter(ftp, *folders):
        return
    path = posixpath.join(*folders)
    if path.startswith("/"):
        ftp.cwd("/")
    for folder in filter(None, path.split("/")):
        if not enter(ftp, folder):
            _make(ftp, folder)
            ftp.cwd(wire(folder))


def size_of(ftp: FTP, name: str) -> int | None:
    """Size of a file in the folder that was gone to, or None when it is not there (RFC 3659, section 4)."""
    try:
        return ftp.size(name)
    except error_perm as error:
        if not _says(error, "550"):
            raise
        return None


def entries(ftp: FTP) -> Iterator[str]:
    """Names of what lies in the folder that was gone to; by MLSD (RFC 3659), or where that is not offered by NLST."""
    try:
        return iter([name for name, _facts in ftp.mlsd()])
    except error_perm as error:
        if not _says(error, *_NOT_OFFERED):
            raise
    try:
        return (posixpath.basename(name) for name in ftp.nlst())
    except (error_perm, error_temp) as error:
        if not _says(error, *_NOTHING_THERE):  # several servers answer so for an empty folder
            raise
        return iter(())


def _make(ftp: FTP, folder: str) -> None:
    try:
        ftp.mkd(wire(folder))
    except error_perm:
        # Somebody else may have made it meanwhile; if nobody did, going there fails and tells.
        return


def _says(error: Exception, *codes: str) -> bool:
    return str(error).startswith(codes)
