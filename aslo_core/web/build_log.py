"""How much of the output of builds a page shows."""

from __future__ import annotations


def tail(text: str, longest: int) -> str:
    """The last whole lines of a text, at most `longest` characters; a single longer line is cut at its beginning."""
    if len(text) <= longest:
        return text
    end = text[-longest:]
    _, line_end, rest = end.partition("\n")
    return rest if line_end and rest else end
