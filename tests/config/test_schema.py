"""The schema for editors takes what ASLO takes, and refuses what it surely refuses."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from aslo_core.config.schema import schema
from aslo_core.errors import ConfigError
from tests.config.conftest import PLUGINS, Configurations

ROOT = Path(__file__).parents[2]

GOOD = [
    "",
    'retries = 9\nseconds = 0.5\nmode = "sandbox"\nquiet = true\nowners = ["a", "b"]\ncounts = [1, 2]',
    'retries = "${TRIES}"\nquiet = "${QUIET}"',
    "corner = { x = 1 }",
    'secret_file = "secret.txt"',
    "enabled = true",
    'token = "t0ken"',
]
BAD = [
    "retries = 10",
    "retries = -1",
    'retries = "three"',
    "seconds = 0",
    'mode = "other"',
    "quiet = 3",
    "quiet = 1",
    'quiet = "true"',
    'retries = "3"',
    "retries = true",
    'seconds = "1.5"',
    'corner = { x = "1" }',
    'counts = ["1"]',
    "owners = []",
    'owners = "sugarlabs"',
    'counts = [1, "x"]',
    "corner = { y = 1 }",
    "corner = { x = 1, z = 2 }",
    "retrys = 3",
    'retries_file = "three.txt"',
    'token = "t"\ntoken_file = "t.txt"',
    "enabled = 1",
]
WHOLE = [
    "[sever]\nport = 1",
    "[server]\nport = 65536",
    "[server]\nprot = 1",
    "server = 3",
    '[storage.UPPER]\nuse = "plain"',
    "[notifier]\nmain = 3",
    '[storage.x]\nuse = "gone"',
    "[storage.x]\nenabled = true",
]


@pytest.fixture
def validator() -> Draft202012Validator:
    made = schema(PLUGINS)
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


@pytest.mark.parametrize("lines", GOOD)
def test_it_takes_what_is_valid(validator: Draft202012Validator, configurations: Configurations, tmp_path: Path, lines: str):
    (tmp_path / "secret.txt").write_text("s3cret")
    text = configurations.sample(lines)
    configurations.settings(text, {"TRIES": "3", "QUIET": "true"})
    assert [error.message for error in validator.iter_errors(tomllib.loads(text))] == []


@pytest.mark.parametrize("lines", BAD)
def test_it_refuses_what_is_invalid(validator: Draft202012Validator, configurations: Configurations, lines: str):
    text = configurations.sample(lines)
    with pytest.raises(ConfigError):
        configurations.settings(text)
    assert not validator.is_valid(tomllib.loads(text))


@pytest.mark.parametrize("lines", WHOLE)
def test_it_refuses_tables_that_are_none(validator: Draft202012Validator, configurations: Configurations, lines: str):
    text = f"{lines}\n{configurations.sample('')}" if lines.startswith("server") else f"{configurations.sample('')}\n{lines}"
    with pytest.raises(ConfigError):
        configurations.settings(text)
    assert not validator.is_valid(tomllib.loads(text))


def test_a_table_that_is_switched_off_is_not_looked_at(validator: Draft202012Validator, configurations: Configurations):
    text = configurations.sample("") + '\n[storage.off]\nenabled = false\nuse = "gone"\nwhatever = 3'
    configurations.settings(text)
    assert validator.is_valid(tomllib.loads(text))


def test_a_required_secret_comes_from_one_place(validator: Draft202012Validator):
    table = {"use": "sample", "path": "p"}
    assert not validator.is_valid({"storage": {"main": table}})
    assert validator.is_valid({"storage": {"main": table | {"secret": "s"}}})
    assert not validator.is_valid({"storage": {"main": table | {"secret": "s", "secret_file": "f"}}})


def test_every_value_says_what_it_is_for(validator: Draft202012Validator):
    definitions = validator.schema["$defs"]
    assert (
        definitions["storage.sample"]["properties"]["owners"]["description"]
        == "Who may, in a sentence that is broken over two lines."
    )
    assert definitions["storage.sample"]["properties"]["retries"]["default"] == 3
