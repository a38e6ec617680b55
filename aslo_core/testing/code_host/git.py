"""What a double of a code host reads from git: tags, commits and who wrote them."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_FIELDS = "%H%x00%T%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B"
_UTC = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Signature:
    """Who did something to a commit, and when (ISO 8601, UTC)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class Commit:
    """A commit as git has it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True)
class Tag:
    """An annotated tag's object: the object that it names, and what it says."""

    sha: str
    name: str
    target: str
    target_type: str
    tagger: Signature
    message: str


class GitRepository:
    """Reads one repository on disk with the git program.

    Args:
        path: a bare repository, or a working tree.
    """

    def __init__(self, path: Path) -> None:
        self.directory = path / ".git" if (path / ".git").is_dir() else path

    def _git(self, *arguments: str) -> str | None:
        command = ["git", "-c", "safe.directory=*", f"--git-dir={self.directory}", *arguments]
        environment = os.environ | {"TZ": "UTC", "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(command, capture_output=True, check=False, text=True, errors="replace", env=environment)
        return done.stdout.rstrip("\n") if done.returncode == 0 else None

    def resolve(self, name: str) -> str | None:
        """Full name of the object that a ref names, unpeeled; None if there is none."""
        return None if name.startswith("-") else self._git("rev-parse", "--verify", "--quiet", name)

    def object_type(self, sha: str) -> str | None:
        """`commit`, `tag`, `tree` or `blob`."""
        return self._git("cat-file", "-t", sha)

    def default_branch(self) -> str:
        """The branch that HEAD points to."""
        return self._git("symbolic-ref", "--short", "HEAD") or "main"

    def commit(self, ref: str) -> Commit | None:
        """The commit that a branch, a tag or a (short) name of a commit leads to."""
        sha = next(filter(None, (self.resolve(f"{prefix}{ref}^{{commit}}") for prefix in ("", "refs/"))), None)
        shown = self._git("show", "--no-patch", f"--format={_FIELDS}", f"--date=format-local:{_UTC}", sha) if sha else None
        if shown is None:
            return None
        full, tree, parents, *people, message = shown.split("\0")
        return Commit(full, tree, tuple(parents.split()), Signature(*people[:3]), Signature(*people[3:]), message.strip())

    def history(self, ref: str) -> list[str] | None:
        """Names of the commits that a name leads to, newest first; None if it leads to none."""
        listed = None if ref.startswith("-") else self._git("rev-list", ref, "--")
        return None if listed is None else listed.splitlines()

    def tag(self, sha: str) -> Tag | None:
        """The annotated tag of that object name."""
        if self.object_type(sha) != "tag":
            return None
        head, _, message = (self._git("cat-file", "tag", sha) or "").partition("\n\n")
        fields = dict(line.split(" ", 1) for line in head.splitlines())
        name, _, rest = fields.get("tagger", " <> 0 +0000").partition(" <")
        email, _, when = rest.partition("> ")
        date = datetime.fromtimestamp(int(when.split()[0]), UTC).strftime(_UTC)
        return Tag(sha, fields["tag"], fields["object"], fields["type"], Signature(name, email, date), message)

    def make_tag(self, name: str, target: str) -> bool:
        """Make a lightweight tag as hosts do when a release with a new tag is published; False if it cannot be."""
        commit = self.commit(target or self.default_branch())
        return commit is not None and self._git("tag", name, commit.sha) is not None

    def contributors(self) -> list[tuple[str, str, int]]:
        """Name, address and number of commits of each author on the default branch, most active first."""
        shown = self._git("log", "--format=%aN%x00%aE", self.default_branch(), "--") or ""
        counted = Counter(tuple(line.split("\0")) for line in shown.splitlines())
        return [(name, email, commits) for (name, email), commits in counted.most_common()]
