"""Open files of a checked-out tree without ever following a link.

Every part of a path is opened relative to the directory before it, with `O_NOFOLLOW`, so that a link put in place between a
look and an opening leads nowhere either (openat(2), "Rationale for openat()").
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Self

from aslo_core.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK, so that a pipe put in a file's place does not block for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# What open(2) says of a link (as O_NOFOLLOW and O_DIRECTORY have it), of a socket, and of a device that nothing drives.
_NOT_PLAIN = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.ENODEV})


@dataclass(frozen=True)
class OpenFile:
    """A plain file, open.

    Attributes:
        content: to be read from its beginning.
        size: bytes it had when it was opened.
        executable: whether its owner may execute it.
    """

    content: IO[bytes]
    size: int
    executable: bool


class Tree:
    """A directory whose files are opened by relative path. A context manager.

    Args:
        root: the directory; a link to it is followed, since its path is ours.
    """

    def __init__(self, root: Path) -> None:
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._chain: list[tuple[str, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave(0)
        os.close(self._root)

    def is_directory(self, path: str) -> bool:
        """Whether the path is a directory; not for a link to one.

        Raises:
            Permanent: `source.file-missing` or `source.not-a-plain-file`.
        """
        return stat.S_ISDIR(self._look(path).st_mode)

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[OpenFile]:
        """Open a plain file.

        Raises:
            Permanent: `source.file-missing` or `source.not-a-plain-file`.
        """
        seen = self._look(path)
        if not stat.S_ISREG(seen.st_mode) or seen.st_nlink != 1:
            raise _not_plain(path)
        folder, name = self._enter(path)
        with _refusing(path):
            file = open(os.open(name, _FILE, dir_fd=folder), "rb")  # noqa: SIM115, PTH123
        with file:
            now = os.fstat(file.fileno())
            if not stat.S_ISREG(now.st_mode) or (now.st_dev, now.st_ino) != (seen.st_dev, seen.st_ino):
                raise _not_plain(path)
            yield OpenFile(file, now.st_size, bool(now.st_mode & stat.S_IXUSR))

    def _look(self, path: str) -> os.stat_result:
        folder, name = self._enter(path)
        with _refusing(path):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)

    def _enter(self, path: str) -> tuple[int, str]:
        """Open the directories on the way, from the last common one on; return the innermost and the name in it."""
        *parts, name = path.split("/")
        shared = 0
        while shared < min(len(parts), len(self._chain)) and self._chain[shared][0] == parts[shared]:
            shared += 1
        self._leave(shared)
        for part in parts[shared:]:
            with _refusing(path):
                self._chain.append((part, os.open(part, _DIRECTORY, dir_fd=self._innermost)))
        return self._innermost, name

    @property
    def _innermost(self) -> int:
        return self._chain[-1][1] if self._chain else self._root

    def _leave(self, depth: int) -> None:
        while len(self._chain) > depth:
            os.close(self._chain.pop()[1])


@contextlib.contextmanager
def _refusing(path: str) -> Iterator[None]:
    """Say of a path that cannot be opened whether it is missing or a link in it is in the way."""
    try:
        yield
    except FileNotFoundError as fault:
        raise Permanent(
            "source.file-missing",
            f"git tracks {path!r}, and it is not in the checked-out tree.",
            "Check that the file is stored in the repository itself and can be checked out on Linux.",
        ) from fault
    except OSError as fault:
        if fault.errno not in _NOT_PLAIN:
            raise  # the machine fails, not the file
        raise _not_plain(path) from fault


def _not_plain(path: str) -> Permanent:
    return Permanent(
        "source.not-a-plain-file",
        f"{path!r} is a link, leads through one, or is a device, pipe or socket.",
        "Put the file itself in its place.",
    )
