"""`aslo config`: what is in force, what may be, and what was."""

from __future__ import annotations

import json
import time
import tomllib
from typing import Any

from jsonschema import Draft202012Validator

from tests.cli.conftest import ROOT, Shell
from tests.cli.test_submit_and_release import serving


def test_what_is_shown_is_a_configuration_with_every_value(installed: Shell):
    shown = installed.aslo("config", "show")
    assert shown.status == 0
    data = tomllib.loads(shown.out)
    assert data["storage"]["main"] == {"use": "local", "required": True, "verify": "backend", "path": "storage"}
    assert data["build"]["workers"] == 2
    assert "workers = 2                                  # default\n" in shown.out
    assert 'path = "storage"                             # line 10\n' in shown.out


def test_as_json_each_value_tells_where_it_comes_from(installed: Shell):
    tables = {table["key"]: table for table in installed.aslo("config", "show", "--json").json["tables"]}
    path = next(value for value in tables["storage.main"]["values"] if value["key"] == "path")
    assert path == {"key": "path", "value": "storage", "secret": False, "origin": "file", "line": 10, "named": ""}


def test_a_configuration_that_is_wrong_is_not_shown(shell: Shell):
    shell.write("[server]\nport = 'x'\n")
    ended = shell.aslo("config", "show")
    assert ended.status == 2
    assert "aslo.toml:2: server.port" in ended.err


def test_the_schema_takes_the_example_of_every_option(shell: Shell):
    made = shell.aslo("config", "schema")
    assert (made.status, made.err) == (0, "")
    validator = Draft202012Validator(json.loads(made.out))
    example = tomllib.loads((ROOT / "aslo.toml").read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(example)] == []


def history_of(shell: Shell, length: int) -> list[dict[str, Any]]:
    """Ask a running server's log until it holds that many configurations."""
    end = time.monotonic() + 60
    while len(told := shell.aslo("config", "history", "--json").json_lines or []) < length:
        assert time.monotonic() < end
    return told


def test_what_was_in_force_is_told_since_when(installed: Shell):
    assert "there is no log" in installed.aslo("config", "history").err
    with serving(installed):
        history_of(installed, 1)
    changed = (installed.folder / "aslo.toml").read_text().replace('path = "storage"', 'path = "elsewhere"')
    installed.write(changed)
    with serving(installed):
        first, second = history_of(installed, 2)
    assert any(line.startswith("+ [storage.main] local (aslo-storage-local") for line in first["lines"])
    assert second["lines"] == ['~ storage.main.path = "elsewhere", before = "storage"']
    told = installed.aslo("config", "history").out
    assert f"{second['position']:>7}  " in told
    assert '         ~ storage.main.path = "elsewhere", before = "storage"\n' in told
