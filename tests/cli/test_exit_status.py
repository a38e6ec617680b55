"""A script can tell by the exit status how a command went."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def status(*arguments: str | Path, cwd: Path) -> int:
    command = [sys.executable, "-m", "aslo_core.cli", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, timeout=60, check=False).returncode


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of an activity with an icon that is missing."""
    folder = tmp_path / "checkout"
    for file in (EXAMPLES / "broken-clock").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            copy = folder / file.relative_to(EXAMPLES / "broken-clock")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    for arguments in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", "-C", folder, *arguments], check=True)
    return folder


FORMATS = ["text", "json", "github", "sarif"]


@pytest.mark.parametrize("form", FORMATS)
def test_lint_ends_with_1_where_a_rule_is_broken(form: str, checkout: Path) -> None:
    assert status("lint", ".", "--format", form, cwd=checkout) == 1


@pytest.mark.parametrize("form", FORMATS)
def test_lint_ends_with_0_where_all_are_kept(form: str, checkout: Path) -> None:
    (checkout / "activity/broken-clock.svg").write_bytes((EXAMPLES / "star-map/activity/star-map.svg").read_bytes())
    subprocess.run(["git", "-C", checkout, "add", "."], check=True)

    assert status("lint", ".", "--format", form, cwd=checkout) == 0


@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["text", "json"])
def test_check_ends_with_2_where_the_configuration_is_wrong(as_json: list[str], tmp_path: Path) -> None:
    (tmp_path / "aslo.toml").write_text("[server]\nport = 'eighty'\n")

    assert status("check", *as_json, cwd=tmp_path) == 2


@pytest.mark.parametrize("arguments", [["--help"], ["lint", "-h"], ["--version"]], ids=" ".join)
def test_what_only_tells_something_ends_with_0(arguments: list[str], tmp_path: Path) -> None:
    assert status(*arguments, cwd=tmp_path) == 0


@pytest.mark.parametrize(
    "arguments",
    [[], ["no-such-command"], ["lint"], ["lint", ".", "--json"], ["lint", ".", "--format=xml"], ["lint", ".", "--site=x.org"]],
    ids=" ".join,
)
def test_a_wrong_call_ends_with_2(arguments: list[str], tmp_path: Path) -> None:
    assert status(*arguments, cwd=tmp_path) == 2


def test_a_failure_that_is_told_ends_with_1(tmp_path: Path) -> None:
    assert status("lint", tmp_path, cwd=tmp_path) == 1
