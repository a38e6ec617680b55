"""Git repositories for tests, made with git's plumbing, so that also what no honest tool would write can be written."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = 0o100644
PROGRAM = 0o100755
LINK = 0o120000
SUBMODULE = 0o160000
DIRECTORY = 0o040000

_WHO = "Ada Example <ada@example.org> 1700000000 +0000"


@dataclass(frozen=True)
class Entry:
    """One line of a git tree, written as it is.

    Attributes:
        mode: file type and permissions, for example `LINK`.
        name: the name's bytes; git would refuse some of them.
        object: hexadecimal name of the blob, tree or commit.
    """

    mode: int
    name: bytes
    object: str


class GitPlumbing:
    """A bare repository at `path`, made empty.

    Args:
        path: does not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(path))

    @property
    def address(self) -> str:
        """Its `file:` address."""
        return self.path.as_uri()

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run git here, whatever the user's own settings are, and return what it printed."""
        nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_DIR": str(self.path)}
        done = subprocess.run(["git", *arguments], input=stdin, capture_output=True, check=True, env=os.environ | nowhere)
        return done.stdout.decode().strip()

    def object(self, kind: str, body: bytes) -> str:
        """Store an object without any check, and return its name."""
        return self.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", stdin=body)

    def blob(self, body: bytes) -> str:
        """Store a file's bytes."""
        return self.object("blob", body)

    def tree(self, entries: Iterable[Entry]) -> str:
        """Store a tree with these entries in this order."""
        return self.object(
            "tree", b"".join(b"%o %s\0" % (entry.mode, entry.name) + bytes.fromhex(entry.object) for entry in entries)
        )

    def files(self, files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> str:
        """Store a tree of files.

        Args:
            files: path → bytes; of a link its target; of a submodule the hexadecimal name of its commit.
            modes: modes of those that are no plain files.
        """
        below: dict[str, dict[str, bytes]] = {}
        entries = []
        for path, body in files.items():
            folder, slash, rest = path.partition("/")
            if slash:
                below.setdefault(folder, {})[rest] = body
            else:
                mode = (modes or {}).get(path, FILE)
                entries.append(Entry(mode, path.encode(), body.decode() if mode == SUBMODULE else self.blob(body)))
        for folder, inside in below.items():
            inner = {
                path.removeprefix(f"{folder}/"): mode for path, mode in (modes or {}).items() if path.startswith(f"{folder}/")
            }
            entries.append(Entry(DIRECTORY, folder.encode(), self.files(inside, inner)))
        return self.tree(sorted(entries, key=lambda entry: entry.name + (b"/" if stat.S_ISDIR(entry.mode) else b"")))

    def commit(self, tree: str, *, author: str = _WHO, message: str = "A release\n", parents: Iterable[str] = ()) -> str:
        """Store a commit of a tree and let the branch `main` point to it."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {author}", f"committer {_WHO}"]
        commit = self.object("commit", "\n".join([*lines, "", message]).encode())
        self.git("update-ref", "refs/heads/main", commit)
        return commit

    def release(self, tag: str, files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> str:
        """Commit files and put a lightweight tag on the commit, whose name is returned."""
        commit = self.commit(self.files(files, modes))
        self.point(f"refs/tags/{tag}", commit)
        return commit

    def annotate(self, tag: str, target: str, kind: str = "commit") -> str:
        """Put an annotated tag on an object, and return the name of the tag's own object."""
        made = self.object("tag", f"object {target}\ntype {kind}\ntag {tag}\ntagger {_WHO}\n\nA release\n".encode())
        self.point(f"refs/tags/{tag}", made)
        return made

    def point(self, ref: str, target: str) -> None:
        """Let a ref point to an object, also to one that git would not allow there."""
        path = self.path / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{target}\n")
