"""Reading a file: what is no configuration at all is told alone, with its line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.config import parse, read
from aslo_core.errors import ConfigError

NOBODY = 65534


def problem(content: bytes, folder: Path) -> str:
    path = folder / "aslo.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read(path)
    (alone,) = caught.value.problems
    return str(alone).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("text", "line", "found", "cure"),
    [
        ("a = 1\nport = eighty\n", 2, "invalid value in column 8", "write text in quotes"),
        ("[server]\nport = 1\nport = 2\n", 3, "cannot overwrite a value in column 9", "given once only"),
        ("[server]\n[data]\n[server]\n", 3, "cannot declare ('server',) twice in column 8", "given once only"),
        ('path = "C:\\data"\n', 1, "unescaped '\\' in a string in column 13", "write a backslash twice"),
        ("owners = [\n'a',\n'b'\n", 4, "unclosed array at the end of the file", "close the list with ]"),
        ("a = '''\n\n", 3, "", ""),
        ("port: 80\n", 1, "expected '=' after a key in a key/value pair in column 5", "write `key = value`"),
        ("[server\n", 1, "expected ']' at the end of a table declaration in column 8", "or `[table]`"),
    ],
)
def test_a_syntax_error_names_line_and_column_and_comes_alone(tmp_path: Path, text: str, line: int, found: str, cure: str):
    told = problem(text.encode(), tmp_path)
    assert told.startswith(f"aslo.toml:{line}: this is not TOML: {found}"), told
    assert cure in told


def test_a_byte_that_is_not_utf8_is_told_with_its_line(tmp_path: Path):
    assert problem(b"# a\r\nname = 'caf\xe9'\n", tmp_path) == "aslo.toml:2: the byte 0xe9, which is not UTF-8; save it as UTF-8"


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "{x=" * 100_000])
def test_brackets_without_end_are_no_crash(tmp_path: Path, text: str):
    assert "brackets within brackets" in problem(text.encode(), tmp_path)


def test_a_number_without_end_is_no_crash(tmp_path: Path):
    assert "too many digits" in problem(b"a = " + b"9" * 5000, tmp_path)


def test_a_file_that_is_not_there_says_how_to_get_one(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml: no such file; .*--config.*aslo init"):
        read(tmp_path / "nowhere.toml")


def test_a_folder_is_no_file(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        read(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path):
    path = tmp_path / "aslo.toml"
    path.touch(mode=0o600)
    script = "from pathlib import Path; import sys, os; from aslo_core.config import read;"
    script += f"os.setegid({NOBODY}); os.seteuid({NOBODY}); read(Path(sys.argv[1]))"
    ended = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=False)
    assert "cannot be read (Permission denied); it must be a file that the user who runs ASLO may read" in ended.stderr


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_what_editors_do_to_files_changes_nothing(tmp_path: Path, mark: bytes, end: bytes):
    path = tmp_path / "aslo.toml"
    path.write_bytes(mark + end.join([b"[data] # here", b'path = """', b'x"""', b"", b"[server]", b"port = 1", b""]))
    document = read(path)
    assert document.data == {"data": {"path": "x"}, "server": {"port": 1}}
    assert document.line(("server", "port")) == 6
    assert document.line(("data", "path")) == 2


@given(st.text(st.sampled_from("ab1=[]{}#.,'\"\\\n\r\t \ufeff-é")))
def test_any_text_is_a_document_or_one_problem_with_a_line_in_it(text: str):
    try:
        parse(Path("aslo.toml"), text)
    except ConfigError as reason:
        (alone,) = reason.problems
        assert 0 <= alone.line <= text.count("\n") + 1
        assert alone.found
        assert alone.allowed


def test_a_key_that_is_not_written_is_on_the_line_of_its_table():
    document = parse(Path("aslo.toml"), "\n[source.x]\nuse = 'git'\nallow = [\n'a',\n'b']\n")
    assert document.line(("source", "x", "owners")) == 2
    assert document.line(("source", "x", "allow", 1)) == 6
    assert document.line(("source", "x", "allow", 1, "int")) == 6
    assert document.line(("storage",)) == 0
    assert str(document.problem(("source", "x", "allow", 1), "a", "b")) == "aslo.toml:6: source.x.allow[1]: a; b"
    assert str(document.problem(("source", "a b"), "a", "b")) == 'aslo.toml:2: source."a b": a; b'
