"""A git checkout on the machine of its developer: which files a release would have, and what it would lack."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import AsloError

_NAMED = 3
"""How many files a warning names; it counts the rest."""


def tracked(path: Path) -> list[str]:
    """List the files that git tracks and that are there, as they are on disk; submodules are no files.

    Args:
        path: the checkout, or a folder in it; names are relative to it.

    Raises:
        AsloError: it is no checkout, or there is no git program.
    """
    names = _git(path, "ls-files", "-z").split("\0")
    here = (name for name in names if name and ((path / name).is_symlink() or (path / name).is_file()))
    return sorted(here, key=os.fsencode)


def copy_as_checked_out(path: Path, files: Sequence[str], tree: Path) -> None:
    """Copy files as a server has them that checks the commit out: a symbolic link is a file that holds the link's text."""
    tree.mkdir()
    for name in files:
        file, copy = path / name, tree / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if file.is_symlink():
            copy.write_bytes(os.fsencode(file.readlink()))
        else:
            shutil.copy(file, copy)


def uncommitted(path: Path) -> list[BundleWarning]:
    """Say in what the checkout differs from the commit that a release would be made of."""
    states: dict[str, list[str]] = {"changed": [], "deleted": [], "untracked": []}
    entries = iter(
        _git(path, "status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules", "--", ".").split("\0")
    )
    for entry in entries:
        state, name = entry[:2], entry[3:]
        if not name:
            continue
        if "R" in state or "C" in state:
            next(entries)  # what it was called before
        states["untracked" if state == "??" else "deleted" if "D" in state else "changed"].append(name)
    words = (
        _differing("source.not-committed", states["changed"], "not committed as it is here, and a release is made of commits"),
        _differing("source.deleted-here", states["deleted"], "deleted here and not in git, so a release still has it"),
        _differing("source.not-tracked", states["untracked"], "not tracked by git, so a release has it not"),
    )
    return [warning for warning in words if warning]


def _differing(rule: str, names: Sequence[str], how: str) -> BundleWarning | None:
    if not names:
        return None
    more = len(names) - _NAMED
    several = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return BundleWarning(rule, f"{several}: {how}.", names[0] if len(names) == 1 else "")


def _git(path: Path, *arguments: str) -> str:
    # Within a hook, git's variables name the repository that the hook is of, which may be another one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {"LC_ALL": "C"}
    try:
        ended = subprocess.run(["git", "-C", path, *arguments], capture_output=True, env=environment, check=False)
    except FileNotFoundError:
        raise AsloError("there is no git program on this machine, which tells the files of a checkout: install git") from None
    if ended.returncode != 0:
        reason = ended.stderr.decode(errors="replace").strip()
        raise AsloError(f"{path} is neither a bundle nor a git checkout: {reason}")
    return os.fsdecode(ended.stdout)
