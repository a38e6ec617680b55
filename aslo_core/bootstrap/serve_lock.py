"""The lock that says that a data directory is served. It ends with the process that holds it, however that ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aslo_core.errors import AsloError

_PATIENCE_S = 0.5
"""How long to try: whoever only asks who serves holds the lock for a moment."""


class AlreadyServed(AsloError):
    """Another process holds the lock."""


class ServeLock:
    """`serve.lock` of a data directory.

    Args:
        data: the data directory.
    """

    def __init__(self, data: Path) -> None:
        self._path = data / "serve.lock"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock, and write into the file who does.

        Raises:
            AlreadyServed: another process holds it.
            AsloError: the directory cannot be written to.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as reason:
            raise AsloError(
                f"the data directory {self._path.parent} cannot be written to ({reason.strerror}): check its owner and mode"
            ) from None
        try:
            if not _taken(descriptor, fcntl.LOCK_EX, _PATIENCE_S):
                holder = os.pread(descriptor, 100, 0).decode(errors="replace").strip() or "its id is unknown"
                raise AlreadyServed(
                    f"another process ({holder}) serves {self._path.parent}, and there can be only one: end it first,"
                    " or give this one another data.path"
                )
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, f"pid {os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def holder(self, patience_s: float = 0) -> str | None:
        """Name the process that holds the lock, as `pid 1234`; None when no process does.

        Args:
            patience_s: seconds for which to wait for its end before it is named.
        """
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            if _taken(descriptor, fcntl.LOCK_SH, patience_s):
                return None
            return os.pread(descriptor, 100, 0).decode(errors="replace").strip() or "unknown"
        finally:
            os.close(descriptor)


def _taken(descriptor: int, kind: int, patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(_PATIENCE_S / 10)
