"""The tutorial, followed by somebody who does what it says and nothing else."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.redis_server import find_redis
from aslo_core.testing.services import missing

FENCE = re.compile(r"(`{3,})([a-z]+)")
NAMED = re.compile(r"`(?P<path>[\w./-]+\.(?:py|toml|md))`:$")
ANY_TEXT = "\u2026"


@dataclass(frozen=True)
class Block:
    """A block of the page.

    Attributes:
        prose: the last line of text before it.
    """

    prose: str
    language: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """Give every block of a page, in order."""
    prose, lines = "", iter(page.splitlines())
    for line in lines:
        if fence := FENCE.fullmatch(line):
            inside = itertools.takewhile(lambda line, end=fence[1]: line != end, lines)
            yield Block(prose, fence[2], "".join(f"{line}\n" for line in inside))
        elif line and not line.startswith("<!--"):
            prose = line


@dataclass
class Reader:
    """Somebody at a terminal, with an editor.

    Attributes:
        folder: where the terminal is.
        environment: has ASLO's commands on its path.
    """

    folder: Path
    environment: dict[str, str]
    commands: list[str] = field(default_factory=list)

    def follow(self, page: str) -> None:
        """Do what each block of the page says, in order."""
        for block in blocks(page):
            if block.language == "console":
                self.type(block.text)
            else:
                self.edit(block)

    def type(self, text: str) -> None:
        """Run the commands of a block, and compare what each prints with what stands below it."""
        for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, expected = step.partition("\n")
            self.commands.append(command)
            if command.startswith("cd "):
                self.folder = (self.folder / command.removeprefix("cd ")).resolve(strict=True)
                continue
            ended = subprocess.run(
                ["bash", "-c", command],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert ended.returncode == 0, f"$ {command}\n{ended.stdout}"
            assert matches(expected, ended.stdout), f"$ {command}\n{ended.stdout}\n-- the page says:\n{expected}"

    def edit(self, block: Block) -> None:
        """Write, lengthen or change the file that is named before the block."""
        named = NAMED.search(block.prose)
        assert named, f"no file is named before a block: {block.prose}"
        path = self.folder / named["path"]
        if block.language == "diff":
            lines = block.text.splitlines()
            before, after = ("".join(f"{line[1:]}\n" for line in lines if line[0] in signs) for signs in (" -", " +"))
            assert path.read_text().count(before) == 1, f"{path} has not once\n{before}"
            path.write_text(path.read_text().replace(before, after))
        elif "Add to the end of" in block.prose:
            path.write_text(f"{path.read_text()}\n{block.text}")
        else:
            path.write_text(block.text)


def matches(expected: str, printed: str) -> bool:
    """Whether a command printed what the page shows; `…` is any text, and on a line of its own any lines."""
    pattern = "".join(
        "(?:.*\n)*?" if line == f"{ANY_TEXT}\n" else ".*".join(map(re.escape, line.split(ANY_TEXT)))
        for line in expected.splitlines(keepends=True)
    )
    return re.fullmatch(pattern, printed) is not None


@pytest.fixture
def reader(tmp_path: Path, root: Path) -> Reader:
    """A throw-away environment in which this checkout is what is installed, so that nothing comes from the network."""
    environment, folder = tmp_path / "venv", tmp_path / "reader"
    venv.create(environment, symlinks=True)
    (site,) = environment.glob("lib/python*/site-packages")
    ours = [path for path in sys.path if path and not path.startswith(sysconfig.get_path("stdlib"))]
    (site / "ours.pth").write_text("\n".join([str(root), *ours]))
    aslo = environment / "bin" / "aslo"
    aslo.write_text(f'#!/bin/sh\nexec {environment}/bin/python -m aslo_core.cli "$@"\n')
    aslo.chmod(0o755)
    (environment / "bin" / "ruff").symlink_to(Path(sysconfig.get_path("scripts")) / "ruff")
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "ASLO", "MYPY"))}
    path = os.pathsep.join([str(environment / "bin"), kept.get("PATH", os.defpath)])
    return Reader(folder, kept | {"PATH": path, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "NO_COLOR": "1"})


@pytest.mark.timeout(600)
def test_whoever_follows_the_tutorial_has_a_storage_at_its_end(reader: Reader, root: Path) -> None:
    try:
        find_redis()
    except NotInstalled as reason:
        missing(str(reason))
    page = (root / "docs" / "tutorial" / "write-a-storage.md").read_text(encoding="utf-8")

    reader.follow(page)

    shown = [line.removeprefix("$ ") for line in page.splitlines() if line.startswith("$ ")]
    assert reader.commands == shown
    assert len(shown) > 10


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("", "", True),
        ("", "x\n", False),
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a \u2026 c\n", "a b c\n", True),
        ("a \u2026 c\n", "a b\nc\n", False),
        ("a\n\u2026\nd\n", "a\nb\nc\nd\n", True),
        ("a\n\u2026\nd\n", "a\nd\n", True),
        ("\u2026\nd\n", "a\nc\n", False),
        ("(a)\n", "a\n", False),
    ],
)
def test_what_is_printed_is_compared_with_what_the_page_shows(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same
