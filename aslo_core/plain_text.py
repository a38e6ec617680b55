"""Texts that strangers wrote and people will read: without what a page, a terminal or a file name would act upon.

Only the standard library is imported here, so that the packer can use this module inside a sandbox.
"""

from __future__ import annotations

import re
import unicodedata

# C0, DEL and C1 but tab and newline; line and paragraph separators; explicit bidirectional embeddings, overrides and isolates
# (UAX #9, sections 2.1 to 2.4), which reverse what stands after them, and the deprecated marks beside them; annotations, which
# may hide what they enclose; byte order mark and what XML 1.0 (section 2.2) has no place for; surrogates; tags. The marks LRM,
# RLM and ALM, the joiners and the space without width stay: scripts need them, and they do no more than a letter could.
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a sign that stand for nothing


def is_seen(text: str) -> bool:
    """Whether anything in a text leaves ink, and is more than white space, format characters and marks."""
    return any(unicodedata.category(character)[0] in "LNPS" and character not in _BLANKS for character in text)


def plain(text: str, instead: str = "") -> str:
    """Take out control characters, bidirectional overrides and their like; tabs and newlines stay.

    Args:
        text: what a stranger wrote.
        instead: what is to be seen in place of each.
    """
    return _ACTING.sub(instead, text)


def one_line(text: str, longest: int | None = None) -> str:
    """Make every run of white space one space, and take out what `plain` does.

    Args:
        text: what a stranger wrote.
        longest: how many characters are kept; what is cut ends with an ellipsis. None cuts nothing.
    """
    line = " ".join(plain(" ".join(text.split())).split())
    return line if longest is None or len(line) <= longest else line[: longest - 1].rstrip() + "…"


def shown(text: str, longest: int = 80) -> str:
    """Quote a stranger's text for a message: what acts is escaped, what is long is cut."""
    return ascii(text if len(text) <= longest else text[:longest] + "...")
