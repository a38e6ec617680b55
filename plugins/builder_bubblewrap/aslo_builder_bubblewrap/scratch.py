"""Folders for the files of one job outside a sandbox, which vanish with it, or at the next start if ASLO was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "aslo-build-"
_SETTLED_SECONDS = 60


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is locked as long as it is in use.

    It lies in the system's folder for temporary files, since `nobody` may enter that one, unlike a data directory.
    """
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
        lock = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(lock)


def sweep() -> None:
    """Remove the folders of processes that were killed: ours, no longer locked, and not just being made."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # removed meanwhile, or somebody else's
            continue
        try:
            state = os.fstat(lock)
            if state.st_uid == os.geteuid() and time.time() - state.st_ctime > _SETTLED_SECONDS:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)
