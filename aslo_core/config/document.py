"""A configuration file as it stands, with the line of every key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aslo_core.config.lines import key_lines
from aslo_core.errors import ConfigError, ConfigProblem

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A parsed file.

    Attributes:
        path: where it was read from.
        data: what it says.
        lines: line of each key and table.
    """

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]

    def line(self, key: KeyPath) -> int:
        """Line of a key, or of the nearest table around it; 0 when there is none."""
        names = tuple(str(part) for part in key)
        while names:
            if names in self.lines:
                return self.lines[names]
            names = names[:-1]
        return 0

    def problem(self, key: KeyPath, found: str, allowed: str) -> ConfigProblem:
        """Say what is wrong with a key of this file."""
        return ConfigProblem(
            file=str(self.path), line=self.line(key), key=".".join(map(str, key)), found=found, allowed=allowed
        )

    def instances(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Give the name and the table of every instance of a kind that is not switched off."""
        tables = self.data.get(kind, {})
        if not isinstance(tables, dict):
            return
        for name, table in tables.items():
            if isinstance(table, dict) and table.get("enabled", True) is not False:
                yield name, table


def read(path: Path) -> Document:
    """Read a configuration file.

    Raises:
        ConfigError: it cannot be read, or is not TOML: then this one problem comes alone.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problem = ConfigProblem(str(path), 0, "", "no such file", "name one with --config, or make one with `aslo init`")
        raise ConfigError([problem]) from None
    except (OSError, UnicodeDecodeError) as reason:
        problem = ConfigProblem(str(path), 0, "", f"it cannot be read ({reason})", "it must be a readable UTF-8 file")
        raise ConfigError([problem]) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        line = _line_in(str(reason), text)
        raise ConfigError([ConfigProblem(str(path), line, "", f"not TOML: {reason}", "mend the syntax")]) from None
    return Document(path=path, data=data, lines=key_lines(text))


def _line_in(message: str, text: str) -> int:
    """Find the line number in tomllib's message, `… (at line 3, column 7)` or `… (at end of document)`."""
    _, found, rest = message.rpartition("(at line ")
    return int(rest.partition(",")[0]) if found else text.count("\n") + 1
