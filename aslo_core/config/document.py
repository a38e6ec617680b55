"""A configuration file as it stands, with the line of every key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aslo_core.config.lines import KeyPath, key_lines
from aslo_core.config.words import dotted
from aslo_core.errors import ConfigError, ConfigProblem

_MAKE_ONE = "name another one with `aslo --config FILE …`, or make one with `aslo init`"

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_CURES = (
    ("Invalid value", "write text in quotes, numbers without, and true or false in lower case"),
    ("Cannot", "a key or table may be given once only: remove one of the two"),
    ("Unescaped", "write a backslash twice, or put the text between single quotes"),
    ("Unclosed array", "close the list with ]"),
    ("Unterminated", "close the quotes"),
)


@dataclass(frozen=True)
class Document:
    """A parsed file.

    Attributes:
        path: where it was read from.
        text: its text, with line ends of one character and no byte order mark.
        data: what it says.
        lines: line of each key, table and element of an array.
    """

    path: Path
    text: str
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int]

    def line(self, key: KeyPath) -> int:
        """Line of a key, or of the nearest table around it; 0 when there is none."""
        return next((self.lines[key[:depth]] for depth in range(len(key), 0, -1) if key[:depth] in self.lines), 0)

    def problem(self, key: KeyPath, found: str, allowed: str) -> ConfigProblem:
        """Say what is wrong with a key of this file."""
        return ConfigProblem(file=str(self.path), line=self.line(key), key=dotted(key), found=found, allowed=allowed)

    def instances(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Give the name and the table of every instance of a kind that is not switched off."""
        tables = self.data.get(kind, {})
        if not isinstance(tables, dict):
            return
        for name, table in tables.items():
            if isinstance(table, dict) and table.get("enabled", True) is not False:
                yield name, table

    def named(self, kind: str) -> tuple[str, ...]:
        """Give the name of every instance of a kind, switched off or not."""
        tables = self.data.get(kind, {})
        return tuple(tables) if isinstance(tables, dict) else ()


def read(path: Path) -> Document:
    """Read a configuration file. A byte order mark and line ends of two characters are taken as editors write them.

    Raises:
        ConfigError: it cannot be read, or is not TOML: then this one problem comes alone.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise _alone(path, 0, "no such file", _MAKE_ONE) from None
    except OSError as reason:
        allowed = "it must be a file that the user who runs ASLO may read"
        raise _alone(path, 0, f"it cannot be read ({reason.strerror})", allowed) from None
    try:
        return parse(path, content.decode("utf-8-sig"))
    except UnicodeDecodeError as reason:
        line = content.count(b"\n", 0, reason.start) + 1
        raise _alone(path, line, f"the byte 0x{content[reason.start]:02x}, which is not UTF-8", "save it as UTF-8") from None


def parse(path: Path, text: str) -> Document:
    """Take a text for the content of a configuration file.

    Raises:
        ConfigError: it is not TOML: then this one problem comes alone.
    """
    text = text.replace("\r\n", "\n")
    try:
        return Document(path=path, text=text, data=tomllib.loads(text), lines=key_lines(text))
    except tomllib.TOMLDecodeError as reason:
        raise _alone(path, *_syntax_error(str(reason), text)) from None
    except ValueError:
        raise _alone(path, 0, "a number of too many digits", "write a number that fits 64 bits") from None
    except RecursionError:
        raise _alone(path, 0, "brackets within brackets without end", "write a list of plain values") from None


def _syntax_error(message: str, text: str) -> tuple[int, str, str]:
    """Take line, fault and cure from tomllib's message, `… (at line 3, column 7)` or `… (at end of document)`."""
    place = _PLACE.search(message)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    where = f" in column {place[2]}" if place and place[2] else " at the end of the file"
    fault = message[: place.start()] if place else message
    cure = next((cure for start, cure in _CURES if fault.startswith(start)), "write `key = value`, or `[table]`")
    return line, f"this is not TOML: {fault[:1].lower()}{fault[1:]}{where}", cure


def _alone(path: Path, line: int, found: str, allowed: str) -> ConfigError:
    return ConfigError([ConfigProblem(str(path), line, "", found, allowed)])
