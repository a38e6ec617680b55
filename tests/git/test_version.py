"""Which git programs are new enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from aslo_core import git
from aslo_core.errors import ConfigError
from aslo_core.git.version import parse_version


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("git version 2.39.5", (2, 39, 5)),
        ("git version 2.39.5 (Apple Git-154)", (2, 39, 5)),
        ("git version 2.45.1.windows.1", (2, 45, 1)),
        ("git version 3", (3,)),
        ("git version", ()),
        ("command not found", ()),
    ],
)
def test_versions(said: str, version: tuple[int, ...]):
    assert parse_version(said) == version


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str | None) -> None:
    if script is not None:
        (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_the_git_of_this_machine():
    assert parse_version(f"git version {git.check_program()}") >= (2, 32)


@pytest.mark.parametrize(("said", "warned"), [("2.32.0", 1), ("2.36.9", 1), ("2.37.0", 0), ("2.100.1", 0), ("3.0", 0)])
def test_one_that_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, warned: int):
    program(tmp_path, monkeypatch, f"echo git version {said}")
    with capture_logs() as logged:
        assert git.check_program() == said
    assert [entry["event"] for entry in logged] == ["git.old"] * warned


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo git version 2.31.8", "the git program of this machine is 'git version 2.31.8'"),
        ("echo git version 1.9", "'git version 1.9'"),
        ("echo something else >&2; exit 3", "'something else'"),
        (None, "there is no git program on this machine"),
    ],
)
def test_one_that_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, found: str):
    program(tmp_path, monkeypatch, script)
    with pytest.raises(ConfigError) as caught:
        git.check_program()
    (problem,) = caught.value.problems
    assert found in problem.found
    assert problem.allowed == "install git 2.32 or newer, best 2.37 or newer"
