"""Holds a bundle, or a checkout packed as ASLO packs it, against the rules, without a server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from aslo_core.bundle.inspection import Inspection, inspect
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.program import packer_program
from aslo_core.bundle.source import write_source_tar
from aslo_core.errors import AsloError, Permanent
from aslo_core.types import Value

_EX_DATAERR = 65
_NAMED = 3
"""How many files a warning names; it counts the rest."""


class Linted(Value):
    """What keeps all rules.

    Attributes:
        warnings: what should be looked at.
        inspection: what is inside.
    """

    warnings: tuple[str, ...]
    inspection: Inspection


def lint(path: Path) -> Linted:
    """Look into a bundle, or into the bundle that a checkout makes.

    Args:
        path: a `.xo`, or a folder of a git checkout.

    Raises:
        Permanent: a rule is broken.
        AsloError: it is neither a bundle nor a checkout, or there is no git program.
    """
    if not path.is_dir():
        found = inspect(path, tree=None, files=(), limits=InspectionLimits())
        return Linted(warnings=found.warnings, inspection=found)
    files = _tracked(path)
    with tempfile.TemporaryDirectory(prefix="aslo-lint-") as folder:
        tree, source, bundle = Path(folder) / "tree", Path(folder) / "source.tar", Path(folder) / "bundle.xo"
        copy_as_checked_out(path, files, tree)
        summary = write_source_tar(tree, files, source)
        _pack(source, bundle)
        found = inspect(bundle, tree=tree, files=files, limits=InspectionLimits())
    return Linted(warnings=(*_uncommitted(path), *summary.warnings, *found.warnings), inspection=found)


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


def _tracked(path: Path) -> list[str]:
    """List the files of a checkout that git tracks and that are there, as they are on disk; submodules are no files."""
    names = _git(path, "ls-files", "-z").split("\0")
    here = (name for name in names if name and ((path / name).is_symlink() or (path / name).is_file()))
    return sorted(here, key=os.fsencode)


def _uncommitted(path: Path) -> list[str]:
    """Say in what the checkout differs from the commit that a release would be made of."""
    states: dict[str, list[str]] = {}
    entries = iter(
        _git(path, "status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules", "--", ".").split("\0")
    )
    for entry in entries:
        state, name = entry[:2], entry[3:]
        if not name:
            continue
        if "R" in state or "C" in state:
            next(entries)  # what it was called before
        kind = "untracked" if state == "??" else "deleted" if "D" in state else "changed"
        states.setdefault(kind, []).append(name)
    words = {
        "untracked": "not tracked by git, so a release has it not: add it, or name it in .gitignore",
        "deleted": "deleted here and not in git, so a release still has it: commit that",
        "changed": "not committed as it is here, and a release is made of commits: commit it",
    }
    return [f"{_several(names)}: {words[kind]}" for kind, names in sorted(states.items())]


def _several(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


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


def _pack(source: Path, bundle: Path) -> None:
    """Run the packer as a builder does, without the sandbox: the checkout is its caller's own."""
    program = packer_program()
    with source.open("rb") as tar, bundle.open("wb") as out:
        run = subprocess.run([sys.executable, "-m", program.module], stdin=tar, stdout=out, stderr=subprocess.PIPE, check=False)
    if run.returncode == 0:
        return
    last = run.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    if run.returncode != _EX_DATAERR:
        raise AsloError(f"the packer ended with {run.returncode}: {last}")
    problem = msgspec.json.decode(last, type=dict[str, str])
    raise Permanent(problem["rule"], problem["found"], problem["cure"])
