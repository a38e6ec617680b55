"""Lines of the keys in a TOML text, which the standard library's parser does not tell.

The text is known to be valid TOML (https://toml.io/en/v1.0.0), so that this scanner only has to find, not to judge.
"""

from __future__ import annotations

import bisect
import itertools
import re
import tomllib
from typing import Any

KeyPath = tuple[str | int, ...]
"""Names of tables and keys, and indices from 0 in arrays, from the outermost on."""

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = re.compile(rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*")
_BLANKS = re.compile(r"(?:\s|\#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # several lines, with escapes
    r"|'''.*?'{3,5}"  # several lines, as they stand
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\#\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Give the line, from 1, of everything that a valid TOML text names: tables, keys, and elements of arrays.

    What is named in several places, as `a` in `a.b = 1` and `a.c = 2`, has the line of the first.

    Args:
        text: the text, with line ends of one character.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._at = 0
        self._line_ends = [end.start() for end in re.finditer("\n", text)]
        self._newest: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        while self._found_after_blanks():
            if self._comes("["):
                table = self._header()
            else:
                self._assignment(table)

    def _header(self) -> KeyPath:
        """Read `[table]` or `[[array of tables]]` and name it: on the way, the newest element of an array is meant."""
        line = self._line()
        brackets = 2 if self._comes("[[") else 1
        self._at += brackets
        names = self._names()
        table: KeyPath = ()
        for depth, name in enumerate(names, start=1):
            table = (*table, name)
            self.lines.setdefault(table, line)
            if brackets == 2 and depth == len(names):  # noqa: PLR2004 - [[
                self._newest[table] = self._newest.get(table, -1) + 1
            if table in self._newest:
                table = (*table, self._newest[table])
                self.lines.setdefault(table, line)
        self._found_after_blanks()
        self._at += brackets
        return table

    def _assignment(self, table: KeyPath) -> None:
        line = self._line()
        for name in self._names():
            table = (*table, name)
            self.lines.setdefault(table, line)
        self._found_after_blanks()
        self._at += len("=")
        self._found_after_blanks()
        self._value(table)

    def _value(self, key: KeyPath) -> None:
        if self._comes("["):
            self._array(key)
        elif self._comes("{"):
            self._inline_table(key)
        else:
            found = _STRING.match(self._text, self._at) or _BARE.match(self._text, self._at)
            self._at = found.end() if found else len(self._text)

    def _array(self, key: KeyPath) -> None:
        for index in itertools.count():
            if self._ends("]"):
                return
            self.lines[*key, index] = self._line()
            self._value((*key, index))

    def _inline_table(self, key: KeyPath) -> None:
        while not self._ends("}"):
            self._assignment(key)

    def _ends(self, closing: str) -> bool:
        """Step over the bracket that opens, or the comma before the next item; tell whether `closing` came instead."""
        self._found_after_blanks()
        if not self._comes(closing):
            self._at += 1
            self._found_after_blanks()
        if self._comes(closing):
            self._at += 1
            return True
        return False

    def _names(self) -> list[str]:
        """Read a key, dotted or not; the parser takes it apart, since it may be quoted and hold escapes."""
        self._found_after_blanks()
        found = _DOTTED.match(self._text, self._at)
        if found is None:
            raise ValueError(f"no key at character {self._at}")
        self._at = found.end()
        names = []
        inner: Any = tomllib.loads(f"{found[0]} = 0")
        while isinstance(inner, dict):
            ((name, inner),) = inner.items()
            names.append(name)
        return names

    def _found_after_blanks(self) -> bool:
        """Step over white space, line ends and comments; tell whether anything follows."""
        blanks = _BLANKS.match(self._text, self._at)
        self._at = blanks.end() if blanks else self._at
        return self._at < len(self._text)

    def _comes(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _line(self) -> int:
        return bisect.bisect_left(self._line_ends, self._at) + 1
