"""Split a PO file into tokens, as gettext's own lexer does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class PoError(ValueError):
    """A translation that cannot be compiled; says on which line and why."""


_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r\f\v]+)|(?P<newline>\n)|(?P<previous>\#~?\|)|(?P<obsolete>\#~)|(?P<comment>\#[^\n]*\n?)
    |"(?P<string>(?:[^"\\\n]++|\\[^\n])*+)"|(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)|(?P<number>[0-9]+)|(?P<bracket>[][])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"""\\(?:(?P<named>[abfnrtv\\"])|(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]+)|)""")
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}
_BYTE = 0xFF
KEYWORDS = frozenset({"domain", "msgctxt", "msgid", "msgid_plural", "msgstr"})


class Token(NamedTuple):
    """A piece of a file.

    Attributes:
        kind: `comment`, `string`, `word`, `number`, `bracket` or `end`.
        text: as it stands in the file; a string's without its quotes.
        line: number of its line, from 1.
        obsolete: whether it stands behind `#~`.
        previous: whether it stands behind `#|`.
    """

    kind: str
    text: str
    line: int
    obsolete: bool
    previous: bool


def tokens(text: str) -> Iterator[Token]:
    """Split a file into comments, strings, keywords, numbers and brackets; ends with a token of kind `end`."""
    position, line = 0, 1
    obsolete = previous = False
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            broken = "a string is not closed" if text[position] == '"' else f"{text[position]!r} is unexpected"
            raise PoError(f"line {line}: {broken}")
        position = found.end()
        kind = found.lastgroup or ""
        if kind == "newline":
            line += 1
            obsolete = previous = False
        elif kind in ("previous", "obsolete"):
            obsolete = obsolete or found[0].startswith("#~")
            previous = previous or kind == "previous"
        elif kind != "blank":
            yield Token(kind, found[kind], line, obsolete, previous)
            if kind == "comment":  # for msgfmt, it ends the mark "obsolete" of its line, but not the mark "former"
                line += 1
                obsolete = False
    yield Token("end", "", line, obsolete=False, previous=False)


def unescape(token: Token) -> str:
    """Resolve the escapes in a string.

    Raises:
        PoError: it has one that C does not know.
    """

    def character(found: re.Match[str]) -> str:
        if found["named"]:
            return _NAMED[found["named"]]
        if found["octal"]:
            return chr(int(found["octal"], 8) & _BYTE)
        if found["hex"]:
            return chr(int(found["hex"][-2:], 16))
        raise PoError(f"line {token.line}: a string has an unknown escape after a backslash")

    return _ESCAPE.sub(character, token.text) if "\\" in token.text else token.text
