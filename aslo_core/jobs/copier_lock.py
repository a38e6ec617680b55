"""The lock that keeps two processes on one machine from copying the same objects to a storage. It ends with its process."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def copier_lock(folder: Path, storage: str, *, wait: bool) -> Iterator[Path | None]:
    """Be the only one who copies to a storage; give an empty folder for objects on their way, or None where somebody else is.

    What a killed process left there is removed.

    Args:
        folder: where all of that lies; made when missing.
        storage: the storage's name.
        wait: until whoever holds it is done.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{storage}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
            return
        for left in folder.glob(f"{storage}.way-*"):
            shutil.rmtree(left, ignore_errors=True)
        with TemporaryDirectory(prefix=f"{storage}.way-", dir=folder) as way:
            yield Path(way)
    finally:
        os.close(descriptor)
