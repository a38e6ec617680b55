"""A key gets its value where a reader looks for it, and nothing else in the file changes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.config import parse
from aslo_core.config.edit import with_key, without_key
from aslo_core.errors import AsloError

TEXT = """\
# The whole.
[storage.mirror]
use = "ftp"
host = "ftp.example.org"
password_file = "secrets/ftp-password"
# Default: 21. Without port = 21 it is that, too:
# port = 21, as said.
# port = 21
# path = "activities"

# The next one.
[storage.cdn]
use = "s3"
# port = 443
"""
PATH = Path("aslo.toml")


def changed(before: str, after: str) -> list[tuple[str, str]]:
    return [(old, new) for old, new in zip(before.split("\n"), after.split("\n"), strict=True) if old != new]


@pytest.mark.parametrize(
    ("key", "value", "instead_of", "line"),
    [
        ("host", "ftp.here", "", ('host = "ftp.example.org"', 'host = "ftp.here"')),
        ("port", 990, "", ("# port = 21", "port = 990")),
        ("path", "a\\b", "", ('# path = "activities"', 'path = "a\\\\b"')),
        ("password", "${PASSWORD}", "password_file", ('password_file = "secrets/ftp-password"', 'password = "${PASSWORD}"')),
        ("path_file", "p", "path", ('# path = "activities"', 'path_file = "p"')),
    ],
)
def test_a_key_is_written_where_it_or_its_example_stands(key: str, value: object, instead_of: str, line: tuple[str, str]):
    after = with_key(parse(PATH, TEXT), ("storage", "mirror", key), value, instead_of)
    assert changed(TEXT, after) == [line]


def test_a_key_without_an_example_becomes_the_last_one_of_its_table():
    after = with_key(parse(PATH, TEXT), ("storage", "mirror", "enabled"), value=False)
    assert after.split("\n")[4:6] == ['password_file = "secrets/ftp-password"', "enabled = false"]
    assert after.replace("enabled = false\n", "") == TEXT


def test_a_key_that_is_taken_out_stays_as_a_comment():
    after = without_key(parse(PATH, TEXT), ("storage", "mirror", "host"))
    assert changed(TEXT, after) == [('host = "ftp.example.org"', '# host = "ftp.example.org"')]


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))) | st.integers(-(2**63), 2**63 - 1) | st.booleans())
def test_whatever_the_value_is_it_is_read_again_as_it_was(value: object):
    for key in ("host", "port", "new"):
        read = tomllib.loads(with_key(parse(PATH, TEXT), ("storage", "mirror", key), value))
        assert read["storage"]["mirror"][key] == value
        assert read["storage"]["cdn"] == {"use": "s3"}


def test_what_cannot_be_changed_says_what_to_write():
    text = '[data]\npath = """\na\n"""\n'
    with pytest.raises(AsloError, match=r'aslo\.toml:2: data\.path cannot be changed .* write path = "b" yourself'):
        with_key(parse(PATH, text), ("data", "path"), "b")
    with pytest.raises(AsloError, match=r"aslo\.toml:2: data\.path cannot be taken out as it is written; do so yourself"):
        without_key(parse(PATH, text), ("data", "path"))
