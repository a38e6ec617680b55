"""What an operating system's error means for whoever has to mend it."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aslo_core.api import Transient

if TYPE_CHECKING:
    from collections.abc import Iterator

_CURES = {
    errno.ENOSPC: "the disk is full; make room on it",
    errno.EDQUOT: "the disk quota is used up; raise it or make room",
    errno.EROFS: "the file system is mounted read-only; mount it for writing",
    errno.ELOOP: "a link lies where a file or folder belongs, and links are never followed; put the real one there",
    errno.EEXIST: "a file lies where a folder belongs; move it away",
    errno.ENOTDIR: "a link or a file lies where a folder belongs, and links are never followed; move it away",
    errno.EMLINK: "the file system allows no more links to a file",
    errno.EPERM: "the file system forbids it: it does not know hard links, or the file is immutable",
    errno.EOPNOTSUPP: "the file system does not know hard links; choose a folder on one that does",
}


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn an OSError within the block into a Transient that begins with `doing` and names reason and cure."""
    try:
        yield
    except OSError as error:
        raise Transient(f"{doing}: {reason(error)}") from error


def reason(error: OSError) -> str:
    """Why it failed, and where it is known what to do about it, in words for an operator."""
    if error.errno == errno.EACCES:
        return f"permission denied for user id {os.geteuid()}; give this user write permission to the folder and all in it"
    return _CURES.get(error.errno or 0) or error.strerror or str(error)
