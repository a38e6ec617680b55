"""Failures of this machine while a step works in its folder: for the operator to mend, and no fault of a release or of ASLO."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aslo_core.errors import Transient

_CURES = {
    errno.ENOSPC: "the disk is full; make room on it",
    errno.EDQUOT: "the disk quota is used up; raise it or make room",
    errno.EROFS: "the file system is mounted read-only; mount it for writing",
    errno.ENOTDIR: "a file lies where a folder belongs; move it away",
    errno.EACCES: "permission is denied; give the folder and all in it to the user who runs ASLO",
    errno.EPERM: "the file system forbids it; give the folder and all in it to the user who runs ASLO",
    errno.EIO: "the disk cannot be read or written; look into the system's log",
    errno.EMFILE: "this process has too many files open; raise its limit (`ulimit -n`)",
    errno.ENFILE: "this machine has too many files open; raise its limit (`fs.file-max`)",
}


@contextmanager
def told_of_host(work: Path) -> Iterator[None]:
    """Turn the failures of the host within the block into words for its operator; others pass.

    Args:
        work: folder of all workspaces.

    Raises:
        Transient: the host failed, which says nothing about what was worked on.
    """
    try:
        yield
    except OSError as error:
        cure = _CURES.get(error.errno or 0)
        if cure is None:
            raise
        where = f" at {error.filename}" if isinstance(error.filename, str) else ""
        raise Transient(f"the work folder {work}: {cure} ({error.strerror}{where})") from error
