"""A root tree as one tar archive that depends on names, contents and the executable bit alone."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_ROOTS = 0o755
_PLAIN = 0o644
_SHARED_SCRATCH = 0o1777


class _Digest(io.RawIOBase):
    """Takes what is written, and keeps its digest alone."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._sum.update(data)
        return len(data)

    def text(self) -> str:
        return f"sha256:{self._sum.hexdigest()}"


def tree_digest(folder: Path) -> str:
    """Digest of a tree: `sha256:` and 64 digits, of what `write_layer` writes."""
    digest = _Digest()
    write_layer(folder, digest)
    return digest.text()


def write_layer(folder: Path, file: IO[bytes] | _Digest) -> None:
    """Write a tree as a tar archive: sorted bytewise, root's, times of 1970, modes 755 or 644."""
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 20) as archive:
        for path in _sorted(folder):
            name = path.relative_to(folder).as_posix()
            about = path.lstat()
            member = tarfile.TarInfo(name)
            if path.is_symlink():
                member.type, member.linkname, member.mode = tarfile.SYMTYPE, str(path.readlink()), 0o777
                archive.addfile(member)
            elif stat.S_ISDIR(about.st_mode):
                member.type, member.mode = tarfile.DIRTYPE, _SHARED_SCRATCH if name == "tmp" else _ROOTS
                archive.addfile(member)
            else:
                member.size, member.mode = about.st_size, _ROOTS if about.st_mode & stat.S_IXUSR else _PLAIN
                with path.open("rb") as content:
                    archive.addfile(member, content)


def _sorted(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.rglob("*"), key=lambda path: os.fsencode(path.relative_to(folder))))
