"""Help: quick, with examples, and the same wherever it is shown."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import click
import pytest

from aslo_core.cli import COMMANDS, aslo, release, run
from aslo_core.projections.release_tables import ReleaseRow
from tests.cli.conftest import Shell

HEAVY = {
    *("sqlalchemy", "flask", "pydantic", "dramatiq", "docker", "rich", "alembic", "structlog", "msgspec", "redis", "waitress"),
    *("httpx2", "markdown_it", "nh3", "github", "uuid_utils", "pluggy"),
    *("aslo_core.bootstrap", "aslo_core.config", "aslo_core.events", "aslo_core.types"),
}


def paths() -> list[list[str]]:
    found = [[]]
    for name in COMMANDS:
        command = import_module(f"aslo_core.cli.{name}").command
        found.append([name])
        if isinstance(command, click.Group):
            found += [[name, inner] for inner in command.commands]
    return found


def test_no_help_imports_anything_heavy(shell: Shell):
    """Each in a process of its own would be the same, at the price of a second each."""
    script = f"""
import contextlib, io, json, sys
from aslo_core.cli import run
for path in {paths()!r}:
    for help in ("-h", "--help"):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            assert run([*path, help]) == 0
        assert out.getvalue().startswith(" ".join(["Usage: aslo", *path])), out.getvalue()
print(json.dumps(sorted({HEAVY!r} & set(sys.modules))))
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], env=shell.environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(ended.stdout) == []


def test_the_list_of_plugins_imports_nothing_heavy_either(shell: Shell):
    script = f"""
import json, sys
from aslo_core.cli import run
assert run(["plugins"]) == 0
print(json.dumps(sorted({HEAVY!r} & set(sys.modules))))
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], env=shell.environment, capture_output=True, text=True, timeout=60, check=True
    )
    *rows, imported = ended.stdout.splitlines()
    assert ["storage", "local"] in [row.split()[:2] for row in rows]
    assert json.loads(imported) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_shows_what_each_says_of_itself(name: str):
    command: click.Command = import_module(f"aslo_core.cli.{name}").command
    assert COMMANDS[name] == command.get_short_help_str(limit=120)
    assert command.name in (name, "command")


@pytest.mark.parametrize("path", paths(), ids=" ".join)
def test_every_help_has_examples_of_its_own_command(path: list[str], capsys: pytest.CaptureFixture[str]):

    assert run([*path, "-h"]) == 0
    out = capsys.readouterr().out
    examples = out.partition("Examples:\n")[2].splitlines()
    assert examples
    words = " ".join(path)
    assert any(words in example for example in examples)
    assert "..." not in out.partition("Options:")[2], "no sentence is cut off"


@pytest.mark.parametrize("path", [path for path in paths() if len(path) < 2], ids=" ".join)
def test_each_command_and_option_is_explained(path: list[str]):

    command: click.Command = import_module(f"aslo_core.cli.{path[0]}").command if path else aslo
    for inner in (command, *(command.commands.values() if isinstance(command, click.Group) else ())):
        assert inner.help
        for parameter in inner.params:
            assert not isinstance(parameter, click.Option) or parameter.help, f"{inner.name} {parameter.name}"


def test_the_program_is_called_aslo_however_it_is_started(shell: Shell):
    ended = shell.aslo("release", "frob")
    assert ended.status == 2
    assert ended.err.startswith("Usage: aslo release ")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["chek"], "No such command 'chek'. Did you mean 'check'?"),
        (["release", "lst"], "No such command 'lst'. Did you mean 'list'?"),
        (["submit", "--wiat", "x", "v1"], "Did you mean '--wait'?"),
        (["check", "-c", "x.toml"], "-c stands before the command: aslo -c FILE …"),
        (["check", "--config", "x.toml"], "--config stands before the command: aslo --config FILE …"),
        (["release", "list", "--state", "done"], "'done' is not one of 'queued', 'working'"),
        (["log", "tail", "-n", "-1"], "-1 is not in the range"),
        (["init", "--owner", "a/b"], "'a/b' is no account's name"),
        (["-c", "/", "check"], "is a directory"),
        ([], "Usage: aslo"),
        (["release"], "Usage: aslo release"),
    ],
)
def test_a_wrong_call_says_what_is_right(arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]):

    assert run(arguments) == 2
    said = capsys.readouterr()
    assert hint in said.out + said.err


def test_the_states_that_can_be_asked_for_are_those_that_there_are():

    attribute = ReleaseRow.__doc__.partition("state: ")[2].partition(".\n")[0]  # type: ignore[union-attr]
    assert set(release._STATES) == set(attribute.split("`")[1::2])
