"""The output of builds as plain text that can do nothing to whoever reads it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from io import StringIO

from aslo_core.plain_text import plain

# ECMA-48: control sequences (CSI), strings (OSC, DCS, SOS, PM, APC) to their terminator, and two-character escapes. None
# of them goes beyond the end of its line, so that what a line shows is known once it is whole, and from itself alone.
_ESCAPES = re.compile(
    r"""
    \x1b\[ [0-?]* [ -/]* [@-~]?
    | \x1b[\]PX^_] [^\x07\x1b\r\n]{0,4096} (?:\x07|\x1b\\)?
    | \x1b [ -/]* [0-~]?
    """,
    re.VERBOSE,
)
_LINE_END = re.compile(rb"\n|\r\n?")


def harmless(pieces: Iterable[bytes]) -> str:
    """Join the pieces of a log into text: no escape sequences, controls or marks that turn the direction.

    Lines that a program drew over again with a carriage return keep their last form, as a terminal would show them. A control
    character left over is shown as U+FFFD.
    """
    text = OutputText()
    return "".join([text.feed(piece) for piece in pieces]) + text.rest()


def behind_line_end(data: bytes) -> bytes:
    """Cut a piece out of the middle of a log down to what shows as it does in the whole: all behind its first line end.

    A carriage return is one as well, for programs that draw one line over and over. Of a piece without any, nothing is left.
    """
    end = _LINE_END.search(data)
    return data[end.end() :] if end else b""


class OutputText:
    """The same text while it is still being written: line by line, since what is on a line may yet be drawn over.

    What all calls of `feed` gave, and at last `rest`, is what `harmless` makes of all pieces, wherever these were cut. However
    small they are, no character is looked at more than a few times.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._open = StringIO()
        self._returned = ""

    def feed(self, piece: bytes) -> str:
        """Take what was written next; give the lines that are whole now and will not change, each with its newline."""
        text = self._returned + self._decoder.decode(piece)
        self._returned = "\r" if text.endswith("\r") else ""  # a newline may follow, and is the same one then
        text = text.removesuffix(self._returned).replace("\r\n", "\n")
        lines, line_end, begun = text.rpartition("\n")
        if line_end:
            lines = self._open.getvalue() + lines + line_end
            self._open = StringIO()
        self._open.write(begun)
        return _shown(lines)

    def rest(self) -> str:
        """What stands after those lines, as it is if nothing follows."""
        undecoded, _ = self._decoder.getstate()
        return _shown(self._open.getvalue() + self._returned + undecoded.decode("utf-8", errors="replace"))


def _shown(text: str) -> str:
    lines = [_drawn(line) for line in _ESCAPES.sub("", text).split("\n")]
    return plain("\n".join(lines).replace("\r", "\n"), instead="\ufffd")


def _drawn(line: str) -> str:
    """What stands there after the last carriage return that something follows."""
    return line[line.rfind("\r", 0, max(len(line) - 1, 0)) + 1 :]
