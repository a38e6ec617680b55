"""Changing a configuration file in its place."""

from __future__ import annotations

import os
from pathlib import Path

from aslo_core.errors import AsloError


def rewrite(path: Path, text: str) -> None:
    """Write a file anew at once, so that nobody ever reads half of it; its line ends, mark, mode and owner stay.

    Raises:
        AsloError: it cannot be written; it is as it was.
    """
    path = path.resolve()
    found, before = path.stat(), path.read_bytes()
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    content = mark + (text.replace("\n", "\r\n") if b"\r\n" in before else text).encode()
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.touch(mode=0o600)
        beside.write_bytes(content)
        beside.chmod(found.st_mode & 0o7777)
        if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(beside, found.st_uid, found.st_gid)
        beside.replace(path)
    except OSError as reason:
        beside.unlink(missing_ok=True)
        raise AsloError(f"{path} cannot be written: {reason.strerror}") from None
