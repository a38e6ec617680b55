"""The output of builds as plain text that can do nothing to whoever reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aslo_core.plain_text import plain

# ECMA-48: control sequences (CSI), strings (OSC, DCS, SOS, PM, APC) to their terminator, and two-character escapes.
_ESCAPES = re.compile(
    r"""
    \x1b\[ [0-?]* [ -/]* [@-~]?
    | \x1b[\]PX^_] [^\x07\x1b]{0,4096} (?:\x07|\x1b\\)?
    | \x1b [ -/]* [0-~]?
    """,
    re.VERBOSE,
)
_OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\n])")


def harmless(pieces: Iterable[bytes]) -> str:
    """Join the pieces of a log into text: no escape sequences, controls or marks that turn the direction.

    Lines that a program drew over again with a carriage return keep their last form, as a terminal would show them. A control
    character left over is shown as U+FFFD.
    """
    text = b"".join(pieces).decode("utf-8", errors="replace").replace("\r\n", "\n")
    text = _OVERWRITTEN.sub("", _ESCAPES.sub("", text)).replace("\r", "\n")
    return plain(text, instead="\ufffd")


def tail(text: str, longest: int) -> str:
    """The last whole lines of a text, at most `longest` characters; a single longer line is cut at its beginning."""
    if len(text) <= longest:
        return text
    end = text[-longest:]
    _, line_end, rest = end.partition("\n")
    return rest if line_end and rest else end
