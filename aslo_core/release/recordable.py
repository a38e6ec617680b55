"""What somebody else's words become in an event: always encodable, never endless. Pure."""

from __future__ import annotations

LONGEST = 2_000
"""Characters that are kept."""


def recordable(text: str) -> str:
    r"""Make a text fit for an event. An error may quote a file's name that is no UTF-8, which could not be recorded as it is.

    Args:
        text: any text; halves of surrogate pairs become `\\udc80` in letters, and what exceeds `LONGEST` is cut.
    """
    clean = text.encode(errors="backslashreplace").decode()
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"
