"""The files of a commit: listed as git tracks them, written byte for byte as git stores them.

`git checkout` would apply what the repository's own `.gitattributes` ask for (line ends, `$Id$`, encodings, filters) and
`git archive` leaves out what it marks; so the bytes are taken from the object store itself and written here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import IO

from aslo_core.errors import Permanent, Transient
from aslo_core.git.failures import too_large
from aslo_core.git.names import check_path
from aslo_core.git.program import Git, Limits

_CHUNK_BYTES = 1 << 20
_SUBMODULE = 0o160000


@dataclass(frozen=True)
class Tracked:
    """One entry of a commit's tree.

    Attributes:
        path: checked; relative, `/`-separated.
        mode: file type and permissions; git shows whatever is neither file, directory nor link as a submodule.
        object: hexadecimal name of the blob, or of a submodule's commit.
        size: bytes of the blob; 0 for a submodule.
    """

    path: str
    mode: int
    object: str
    size: int

    @property
    def is_submodule(self) -> bool:
        """Whether it only names a commit of another repository."""
        return self.mode == _SUBMODULE

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link; it is written as a plain file that holds the link's text."""
        return stat.S_ISLNK(self.mode)


def parse_listing(listing: bytes, limits: Limits) -> tuple[Tracked, ...]:
    """Read what `git ls-tree -r -l -z` wrote. Pure.

    Returns:
        The entries, sorted bytewise by path.

    Raises:
        Permanent: an unsafe path, two entries at one place, too many files or folders, too many bytes.
    """
    entries = sorted((_entry(line) for line in listing.split(b"\0") if line), key=lambda entry: entry.path.encode())
    if len(entries) > limits.files:
        raise too_large(f"the commit has {len(entries):,} files; the limit is {limits.files:,} (files)")
    size = sum(entry.size for entry in entries)
    if size > limits.tree_bytes:
        raise too_large(f"the commit's files have {size:,} bytes; the limit is {limits.tree_bytes:,} (tree_mib)")
    folders = set(islice(_folders(entries), limits.files + 1))
    if len(folders) > limits.files:
        raise too_large(f"the commit has more than {limits.files:,} folders (files)")
    _refuse_clashes(entries, folders)
    return tuple(entries)


def _entry(line: bytes) -> Tracked:
    about, _, raw_path = line.partition(b"\t")
    mode, _kind, name, size = about.decode("ascii").split()
    return Tracked(check_path(raw_path), int(mode, 8), name, 0 if size == "-" else int(size))


def _refuse_clashes(entries: Sequence[Tracked], folders: set[str]) -> None:
    files = {entry.path for entry in entries}
    twice = files & folders | {one.path for one, two in pairwise(entries) if one.path == two.path}
    if twice:
        raise Permanent("source.path-clash", f"Two tracked files stand at {min(twice)!r}.", "Run `git fsck` and mend the tree.")


def _folders(entries: Sequence[Tracked]) -> Iterator[str]:
    """Name each folder that leads to an entry, once. Trees may be shared, so that a small commit has millions of them."""
    known = {""}
    for entry in entries:
        folder = entry.path.rpartition("/")[0]
        while folder not in known:
            known.add(folder)
            yield folder
            folder = folder.rpartition("/")[0]


def write_tree(git: Git, entries: Sequence[Tracked], into: Path) -> None:
    """Write the entries' bytes below the new directory `into`; a submodule becomes an empty directory.

    Raises:
        Transient: git ended early or the time is over; what was written means nothing.
        Stopped: it was told to.
    """
    into.mkdir()
    submodules = (entry.path for entry in entries if entry.is_submodule)
    for folder in (*sorted(_folders(entries)), *submodules):
        git.go_on("the writing of folders")
        (into / folder).mkdir()
    blobs = [entry for entry in entries if not entry.is_submodule]
    request = "".join(f"{entry.object}\n" for entry in blobs)
    with git.reading("cat-file", "--batch", request=request) as stream:
        for entry in blobs:
            _write(stream, entry, into)


def _write(stream: IO[bytes], entry: Tracked, into: Path) -> None:
    header = stream.readline()
    if header != f"{entry.object} blob {entry.size}\n".encode():
        raise Transient(f"git stopped before {entry.path!r}: {header[:200]!r}")
    mode = 0o755 if entry.mode & 0o111 and not entry.is_link else 0o644
    descriptor = os.open(into / entry.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        left = entry.size
        while left:
            piece = stream.read(min(left, _CHUNK_BYTES))
            if not piece:
                raise Transient(f"git stopped within {entry.path!r}, {left:,} bytes before its end.")
            left -= file.write(piece)
    if stream.read(1) != b"\n":
        raise Transient(f"git stopped at the end of {entry.path!r}.")
