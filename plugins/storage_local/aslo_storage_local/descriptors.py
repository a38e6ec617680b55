"""Files and directories reached from an open directory, so that no link can lead out of it between a check and its use."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import threading
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING

from aslo_core.api import Blob, check_file, chunks, failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path


def make_folders(path: Path) -> None:
    """Make the folder at `path` and those above it, each one's entry synced."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folders(path.parent)
    path.mkdir(exist_ok=True)
    with directory(path.parent) as parent:
        os.fsync(parent)


@contextmanager
def directory(path: Path) -> Iterator[int]:
    """Open the directory at `path`, which may be a link, for as long as the block runs."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def subdirectory(parent: int, name: str, *, create: bool = False) -> Iterator[int]:
    """Open the directory `name` in the open directory `parent`; a link in its place is an error.

    One that is made has its entry synced. Modes are left to the process's umask.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        descriptor = os.open(name, flags, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
        with suppress(FileExistsError):  # what it is shows when it is opened
            os.mkdir(name, dir_fd=parent)
        os.fsync(parent)
        descriptor = os.open(name, flags, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def plain_file(parent: int, name: str) -> BufferedReader:
    """Open the file `name` in the open directory `parent` for reading; a link, a pipe or a directory is an error."""
    # O_NONBLOCK: opening a pipe would wait for its writer.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(None, "what lies there is not a plain file")
    return os.fdopen(descriptor, "rb")


@contextmanager
def temporary_copy(parent: int, blob: Blob, path: Path) -> Iterator[str]:
    """Copy the file at `path` into the open directory `parent`, checked and synced; gone when the block ends.

    Copying and checking keep a processor busy, and a sync waits for the disk: so each piece is read back and hashed while the
    next ones are written, and the last ones while the disk writes.

    Args:
        parent: where the copy lies.
        blob: what the copy has to be.
        path: what is copied.

    Yields:
        The copy's name in `parent`.
    """
    name = f"{blob.digest[:16]}-{secrets.token_hex(8)}"
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=parent)
    try:
        with os.fdopen(descriptor, "w+b", buffering=0):
            hashing = _Hashing(descriptor)
            hashing.start()
            try:
                _write(descriptor, blob, path, hashing.written)
            finally:
                hashing.join()
            if (found := (os.fstat(descriptor).st_size, hashing.digest())) != (blob.size, blob.digest):
                check_file(blob, path)
                raise OSError(None, f"the copy of {path.name} has {found[0]} bytes with the SHA-256 {found[1]}")
        yield name
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=parent)


def _write(descriptor: int, blob: Blob, path: Path, written: SimpleQueue[int]) -> None:
    """Copy the file and sync the copy; `written` is told how much more that is after each piece, and 0 when no more comes."""
    try:
        for chunk in chunks(blob, path):
            left = memoryview(chunk)
            while left:
                left = left[os.write(descriptor, left) :]
            written.put(len(chunk))
    finally:
        written.put(0)
    failpoint("storage_local.sync-copy.before")
    os.fsync(descriptor)
    failpoint("storage_local.sync-copy.after")


class _Hashing(threading.Thread):
    """Hashes what lies in a file that grows. A process does not wait for it, since a writer may hang for ever.

    Attributes:
        written: is told how much more there is to be read, and 0 when no more comes.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(name="storage-local-hashing", daemon=True)
        self.written = SimpleQueue[int]()
        self._descriptor = descriptor
        self._sha256 = hashlib.sha256()
        self._failure: OSError | None = None

    def run(self) -> None:
        seen = 0
        try:
            while more := self.written.get():
                end = seen + more
                while piece := os.pread(self._descriptor, end - seen, seen):
                    self._sha256.update(piece)
                    seen += len(piece)
        except OSError as failure:
            self._failure = failure

    def digest(self) -> str:
        """Give the SHA-256 of what was read; only once it has ended.

        Raises:
            OSError: it could not be read.
        """
        if self._failure is not None:
            raise self._failure
        return self._sha256.hexdigest()
