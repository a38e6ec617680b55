"""One run of ASLO, as its containers are labelled; whether another run still goes on is told by a lock."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from uuid import uuid4


class Session:
    """This run.

    Args:
        folder: of the locks, in ASLO's data directory; made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.name = uuid4().hex
        """What its containers are labelled with."""
        self._folder = folder
        self._guard = threading.Lock()
        self._lock: int | None = None

    def begin(self) -> None:
        """Hold the lock from now on, until this process ends, however it does."""
        with self._guard:
            self._folder.mkdir(parents=True, exist_ok=True)
            while self._lock is None:
                lock = os.open(self._file(self.name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(lock, fcntl.LOCK_EX)
                if os.fstat(lock).st_nlink:
                    self._lock = lock
                else:  # another run took it for one that is over, between the two calls
                    os.close(lock)

    def is_over(self, name: str) -> bool:
        """Whether a run does not use its containers any more. This run does not use those that it does not know of."""
        if name == self.name:
            return True
        if len(name) != len(self.name) or not name.isalnum():
            return True
        try:
            lock = os.open(self._file(name), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            self._file(name).unlink(missing_ok=True)
            return True
        finally:
            os.close(lock)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.lock"
