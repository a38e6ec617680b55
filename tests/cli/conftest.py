from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aslo_core.testing.prepared_aslo import Ended, run_aslo
from aslo_core.testing.repository import GitPlumbing

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

CONFIGURATION = """\
[server]
port = 0
[source.git]
use = "git"
allow = ["{allow}"]
[builder.sandbox]
use = "bubblewrap"
[storage.main]
use = "local"
path = "storage"
"""


@dataclass(frozen=True)
class Shell:
    """Somebody at a terminal in a folder."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def command(self, *arguments: str | Path) -> list[str | Path]:
        return [sys.executable, "-m", "aslo_core.cli", *arguments]

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def aslo(self, *arguments: str | Path) -> Ended:
        return run_aslo([str(argument) for argument in arguments], self.folder, self.environment)

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
        return os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"} | self.environ

    def write(self, text: str) -> None:
        (self.folder / "aslo.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An empty folder."""
    folder = tmp_path / "installation"
    folder.mkdir()
    return Shell(folder)


@pytest.fixture
def repository(tmp_path: Path) -> GitPlumbing:
    """A repository of the activity `star-map` with a tag v1."""
    made = GitPlumbing(tmp_path / "served" / "star-map.git")
    tree = EXAMPLES / "star-map"
    files = {str(file.relative_to(tree)): file.read_bytes() for file in sorted(tree.rglob("*")) if file.is_file()}
    made.release("v1", files)
    return made


@pytest.fixture
def installed(shell: Shell, repository: GitPlumbing) -> Shell:
    """A configuration that may fetch that repository."""
    shell.write(CONFIGURATION.format(allow=repository.path.parent.as_uri()))
    return shell
