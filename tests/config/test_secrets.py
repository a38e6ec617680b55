"""`${VARIABLE}` and `<key>_file`: what they give, and what is said when they give nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, cast

import pytest
from pydantic import AfterValidator

from aslo_core.config.secrets import LARGEST_BYTES, secret_fields
from aslo_core.config.settings import Settings
from aslo_core.types import Options, Secret

Told = Callable[..., list[str]]


def sample(settings: Settings):
    return cast("object", settings.of("storage")[-1].options)


def test_variables_are_put_into_texts_however_deep(configurations):
    text = configurations.sample('owners = ["a", "${B}-${C}"]\nretries = "${N}"\npath = "${HOME}/x"')
    options = sample(configurations.settings(text, {"B": "b", "C": "c", "N": "7", "HOME": "/home/ada"}))
    assert options.owners == ("a", "b-c")
    assert options.retries == 7
    assert options.path == Path("/home/ada/x")


def test_what_a_variable_holds_is_not_looked_into_again(configurations):
    options = sample(configurations.settings(configurations.sample('secret = "${A}"'), {"A": "${B}", "B": "no"}))
    assert options.secret.get_secret_value() == "${B}"


@pytest.mark.parametrize(
    "value", ["${", "a${", "${}", "${A-B}", "${A", "${ A }", "${1A}", "${Ä}", "${A:-x}", "${A}${", "$$$${${"]
)
@pytest.mark.parametrize("key", ["secret", "path", "retries"])
def test_what_is_no_variable_never_becomes_a_value(told: Told, key: str, value: str):
    """It could be a password that somebody can guess."""
    (problem,) = told(f"{key} = '{value}'", {"A": "7"})
    assert problem == (
        f"10: {key}: a ${{ that names no environment variable; write ${{VARIABLE}}, a name of ASCII letters, digits and _ that"
        " begins with no digit; or $${ for the characters ${ themselves"
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [("$${", "${"), ("a$${B}c", "a${B}c"), ("$${A}${A}", "${A}seven"), ("$$$${", "$$${"), ("$A {A} $$ $", "$A {A} $$ $")],
)
def test_two_dollars_stand_for_what_one_would_begin(configurations, written: str, value: str):
    options = sample(configurations.settings(configurations.sample(f"secret = '{written}'"), {"A": "seven", "B": "no"}))
    assert options.secret.get_secret_value() == value


def test_a_missing_variable_is_told_once_at_its_place_and_nothing_else_of_that_key_is(told: Told):
    assert told('owners = [\n"a",\n"${WHO}${WHO}"\n]\nretries = "${N}"\nsecret = "${S}"\npath = "${P}"') == [
        "12: owners[1]: the environment variable WHO is not set; set WHO, or write the value here",
        "14: retries: the environment variable N is not set; set N, or write the value here",
        "15: secret: the environment variable S is not set; set S, or write the value here",
        "16: path: the environment variable P is not set; set P, or write the value here",
    ]


def test_a_value_from_the_environment_is_shown_as_it_is_written(told: Told):
    assert told('retries = "${N}"', {"N": "zzz"}) == [
        '10: retries: "${N}", as the environment has it; it must be a whole number (How often)'
    ]


def test_a_file_gives_its_text_without_white_space_around_it(configurations, tmp_path: Path):
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbf  hunter2 \r\n\n")
    options = sample(configurations.settings(configurations.sample('secret_file = "secret"')))
    assert options.secret.get_secret_value() == "hunter2"


def test_a_file_of_several_secrets_has_one_on_each_line(configurations, tmp_path: Path):
    (tmp_path / "older").write_text("one\n\n  two\n")
    options = sample(configurations.settings(configurations.sample('older_file = "older"')))
    assert [secret.get_secret_value() for secret in options.older] == ["one", "two"]


def test_a_path_may_be_absolute_and_from_the_environment(configurations, tmp_path: Path):
    (tmp_path / "secret").write_text("hunter2")
    text = configurations.sample('secret_file = "${CREDENTIALS_DIRECTORY}/secret"')
    options = sample(configurations.settings(text, {"CREDENTIALS_DIRECTORY": str(tmp_path)}))
    assert options.secret.get_secret_value() == "hunter2"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("absent", "is not there"),
        ("folder", "is a folder"),
        ("empty", "is empty"),
        ("blank", "is empty"),
        ("binary", "is not UTF-8"),
        ("pipe", "is no file"),
        ("loop", "cannot be read (Too many levels of symbolic links)"),
        ("large", "has 65,537 bytes, and no secret has more than 65,536"),
        ("a\\u0000b", "is no name that a file can have"),
    ],
)
def test_a_file_that_gives_no_secret_says_why(told: Told, tmp_path: Path, name: str, why: str):
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "blank").write_text(" \n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "large").write_bytes(b"x" * (LARGEST_BYTES + 1))
    os.mkfifo(tmp_path / "pipe")
    assert told(f'secret_file = "{name}"') == [
        f'10: secret_file: "{name}" {why}; it must be the path of a text file that holds the secret'
    ]


def test_a_secret_and_its_file_are_one_too_many(told: Told):
    assert told('secret = "a"\nsecret_file = "b"') == [
        "11: secret_file: both secret and secret_file are given; write one of them"
    ]


def test_a_file_is_named_by_a_text(told: Told):
    assert told("secret_file = 5") == ["10: secret_file: a number; it must be the path of a file, in quotes"]


def test_only_secrets_come_from_files(told: Told):
    (problem,) = told('mode_file = "x"')
    assert problem.startswith("10: mode_file: unknown key")


@pytest.mark.parametrize("value", ['""', '"  "', '"${EMPTY}"'])
def test_an_empty_secret_is_none(told: Told, value: str):
    (problem,) = told(f"secret = {value}", {"EMPTY": ""})
    assert problem == "10: secret: an empty secret; write secret = … or secret_file (What nobody may see)"


def test_a_problem_with_a_secret_is_not_followed_by_one_that_comes_of_it(told: Told):
    """The token is given, though its file is not there: that nothing speaks against `quiet` yet is no matter."""
    assert told('token_file = "absent"\nquiet = true') == [
        '10: token_file: "absent" is not there; it must be the path of a text file that holds the secret'
    ]


def test_whoever_else_may_read_a_secret_is_a_warning(configurations, tmp_path: Path):
    (tmp_path / "secret").write_text("hunter2")
    (tmp_path / "secret").chmod(0o644)
    text = configurations.sample('secret_file = "secret"')
    (warning,) = configurations.settings(text).warnings
    assert str(warning) == (
        f'{tmp_path}/aslo.toml:10: storage.main.secret_file: everybody on this machine may read "secret"; chmod o= "secret"'
    )
    (tmp_path / "secret").chmod(0o640)
    assert configurations.settings(text).warnings == ()


def test_a_secret_in_a_configuration_that_everybody_may_read_is_a_warning(configurations):
    text = configurations.sample('secret = "${S}"\ntoken = "hunter2"')
    assert configurations.settings(text, {"S": "s"}).warnings == ()

    configurations.mode = 0o644
    (warning,) = configurations.settings(text, {"S": "s"}).warnings
    assert (warning.line, warning.key) == (11, "storage.main.token")
    assert "hunter2" not in str(warning)


class Checked(Options):
    """Secrets with a check of their own, as `data.log_url` and the keys of a CDN have."""

    one: Annotated[Secret, AfterValidator(lambda value: value)] | None = None
    several: tuple[Annotated[Secret, AfterValidator(lambda value: value)], ...] | None = None


def test_a_file_gives_one_secret_also_where_its_type_has_a_check_and_need_not_be_there():
    assert secret_fields(Checked) == {"one": False, "several": True}
