"""Symbolic links of a commit: one that leads to another of its files is that file; any other stays a file with the link's text.

Sugar's own builder follows links, even out of the repository; here they are resolved as text within the list of tracked files,
and nothing on this machine is ever looked at.
"""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from aslo_core.git.failures import too_large
from aslo_core.git.program import Git, Limits
from aslo_core.git.tree import Tracked

_LONGEST_TARGET = 4096
_MOST_STEPS = 40  # as the kernel's own limit, MAXSYMLINKS


def follow_links(git: Git, entries: Sequence[Tracked], tree: Path, limits: Limits) -> tuple[str, ...]:
    """Put the bytes of the file that it leads to in the place of each link that leads to one.

    Args:
        git: whose time it takes.
        entries: all entries of the commit.
        tree: where they were written, links as files with their text.
        limits: the bytes of all files together, those in the place of links among them.

    Returns:
        The links that stayed text, in the order of the entries.

    Raises:
        Permanent: the files would be too large together.
        Transient: the time is over.
        Stopped: it was told to.
    """
    sizes = {entry.path: entry.size for entry in entries if not entry.is_link and not entry.is_submodule}
    texts = {
        entry.path: (tree / entry.path).read_bytes().decode("utf-8", "replace")
        for entry in entries
        if entry.is_link and entry.size <= _LONGEST_TARGET
    }
    total = sum(sizes.values())
    left: list[str] = []
    for entry in entries:
        if not entry.is_link:
            continue
        git.go_on("the following of links")
        target = destination(entry.path, texts, sizes)
        if target is None:
            left.append(entry.path)
            continue
        total += sizes[target]
        if total > limits.tree_bytes:
            found = f"with its links followed, the commit's files have {total:,} bytes or more"
            raise too_large(f"{found}; the limit is {limits.tree_bytes:,} (tree_mib)")
        shutil.copyfile(tree / target, tree / entry.path)
    return tuple(left)


def destination(link: str, texts: Mapping[str, str], files: Mapping[str, object]) -> str | None:
    """Name the tracked file that a link leads to in the end, or None when it leads to none. Pure.

    Args:
        link: path of the link.
        texts: what each link says, by its path.
        files: the plain files, by path.
    """
    path = link
    for _ in range(_MOST_STEPS):
        text = texts.get(path)
        if text is None:
            return path if path in files else None
        if text.startswith("/") or "\0" in text:
            return None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), text))
        if path.startswith("../"):
            return None
    return None
