"""The repositories in a folder, as whoever fetched them laid them out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OWNER = "corpus"
"""Whose a repository is whose folder does not tell it."""
_MADE_BY = {
    f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Ada"), ("EMAIL", "a@x"))
}


@dataclass(frozen=True)
class CorpusRepository:
    """A git repository.

    Attributes:
        owner: as its folder tells.
        name: as its folder tells.
        path: the repository.
    """

    owner: str
    name: str
    path: Path

    @property
    def full_name(self) -> str:
        """As GitHub has it."""
        return f"{self.owner}/{self.name}"

    def tags(self) -> list[str]:
        """List the tags, oldest first."""
        return self.git("tag", "--list", "--sort=creatordate").splitlines()

    def git(self, *arguments: str) -> str:
        """Ask git."""
        return subprocess.run(["git", "-C", self.path, *arguments], check=True, capture_output=True, text=True).stdout


def find_repositories(folder: Path, scratch: Path) -> Iterator[CorpusRepository]:
    """Find git repositories; make one in `scratch` of each folder that is an activity and no repository."""
    for child in sorted(path for path in folder.iterdir() if path.is_dir()):
        if (child / "activity" / "activity.info").is_file() and not (child / ".git").exists():
            yield CorpusRepository(OWNER, child.name, _repository_of(child, scratch / child.name))
        elif path := _git_folder(child):
            owner, _, name = child.name.removesuffix(".git").rpartition("+")
            yield CorpusRepository(owner or OWNER, name, path)
        else:
            inner = sorted(path for path in child.iterdir() if path.is_dir() and _git_folder(path))
            yield from (CorpusRepository(child.name, path.name.removesuffix(".git"), path) for path in inner)


def _git_folder(folder: Path) -> Path | None:
    """Return the folder, or the only one in it, if that is a git repository."""
    inside = [folder, *([only] if folder.name.count("+") == 1 and (only := folder / "repo").is_dir() else [])]
    return next((path for path in inside if (path / ".git").exists() or (path / "objects").is_dir()), None)


def _repository_of(folder: Path, tree: Path) -> Path:
    shutil.copytree(folder, tree)
    info = (tree / "activity" / "activity.info").read_text(encoding="utf-8")
    found = re.search(r"(?m)^activity_version\s*=\s*(\S+)", info)
    environment = {**_MADE_BY, "PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=A release"],
        ["tag", f"v{found[1] if found else 0}"],
    ):
        subprocess.run(["git", "-C", tree, *command], check=True, env=environment)
    return tree
