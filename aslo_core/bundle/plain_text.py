"""Texts that strangers wrote and people will read: without what a page, a terminal or a file name would act upon."""

from __future__ import annotations

import re

# C0, DEL and C1 but tab and newline; explicit bidirectional embeddings, overrides and isolates (UAX #9, sections 2.1 to 2.4),
# which reverse what stands after them; line and paragraph separators; byte order mark; surrogates; tags. The marks LRM, RLM and
# ALM and the joiners stay: right-to-left and Indic scripts need them, and they act on their neighbours only.
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    """Strip control characters and bidirectional overrides; tabs and newlines stay."""
    return _ACTING.sub("", text)


def one_line(text: str) -> str:
    """Strip as `plain` does, and make every run of white space one space."""
    return " ".join(plain(text).split())


def shown(text: str, longest: int = 80) -> str:
    """Quote a stranger's text for a message: what acts is escaped, what is long is cut."""
    return ascii(text if len(text) <= longest else text[:longest] + "...")
