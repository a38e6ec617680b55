"""Changing a configuration file in its place, and making files of which all are there afterwards, or none."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from aslo_core.errors import AsloError
from aslo_core.failpoints import failpoint

_NEW = ".aslo-new"
"""How the name of a file ends that takes the place of another once it is whole."""
_ABANDONED_AFTER = 24 * 3600.0
"""Seconds without a write after which a new file has certainly lost its process."""


def rewrite(path: Path, text: str) -> None:
    """Write a file anew at once, so that nobody ever reads half of it, nor after a power cut.

    Its line ends, mark, mode and owner stay.

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
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(found.st_mode & 0o7777)
        if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(beside, found.st_uid, found.st_gid)
        failpoint("config.rewrite.before")
        beside.replace(path)
        failpoint("config.rewrite.after")
        _sync(path.parent)
    except OSError as reason:
        beside.unlink(missing_ok=True)
        raise AsloError(f"{path} cannot be written: {reason.strerror}") from None


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write, its owner's alone, that takes the place of another, or of none, once it is whole and on the disk.

    What processes left beside it that were killed while they wrote is removed after a day.

    Raises:
        AsloError: it cannot be written; what was there is as it was.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise AsloError(f"{path} cannot be replaced, since it is no file: give the name of one, or `-` for standard output")
    try:
        _sweep(path)
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=_NEW, delete=False) as file:
            beside = Path(file.name)
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                failpoint("log.export.before")
                beside.replace(path)
                failpoint("log.export.after")
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
        _sync(path.parent)
    except OSError as reason:
        raise AsloError(f"{path} cannot be written: {reason.strerror}") from None


def _sweep(path: Path) -> None:
    for left in path.parent.glob(f".{glob.escape(path.name)}.*{_NEW}"):
        with suppress(FileNotFoundError):  # another process sweeps as well
            if left.lstat().st_mtime < time.time() - _ABANDONED_AFTER:
                left.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def all_or_nothing() -> Iterator[list[Path]]:
    """Give a list for what is made; all in it is removed again where something goes wrong, or Ctrl-C comes between."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in reversed(made):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        raise


def make_folder(path: Path, mode: int, made: list[Path]) -> None:
    """Make a folder, and those around it, where they are not there; add each that was made to a list.

    Raises:
        AsloError: it cannot be made.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=mode if folder == path else 0o777)
            made.append(folder)
        if not path.is_dir():
            raise AsloError(f"the folder {path} cannot be made: File exists")
    except OSError as reason:
        raise AsloError(f"the folder {path} cannot be made: {reason.strerror}") from None


def write_new(path: Path, text: str, mode: int, made: list[Path]) -> None:
    """Write a file that is not there yet, and add it to a list.

    Raises:
        AsloError: it cannot be written, or is there.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        made.append(path)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as reason:
        raise AsloError(f"{path} cannot be written: {reason.strerror}") from None
