"""Puts text of strangers into GitHub's Markdown so that it stays text: no formatting, links, mentions or references.

https://github.github.com/gfm/. GitHub looks for `@names`, `#numbers` and addresses in the *rendered* text, where a
backslash no longer protects them; an invisible space inside them does, as does a code span.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from aslo_core.api import one_line

_MARKUP = re.compile(r"([\\`*_\[\]<>~|&$])")
_BLOCK_START = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=:]))(.)")
_REFERENCE = re.compile(r"@|#|://|\bwww\.|\bGH-", re.IGNORECASE)
_ZERO_WIDTH_SPACE = "\u200b"


def escape(text: str, limit: int = 1000) -> str:
    """Write text as inline Markdown that shows exactly that text."""
    line = _MARKUP.sub(r"\\\1", one_line(text, limit))
    line = _BLOCK_START.sub(r"\1\\\2", line)
    return _REFERENCE.sub(lambda match: match[0] + _ZERO_WIDTH_SPACE, line)


def code(text: str, limit: int = 200) -> str:
    """Write text as a code span, in which nothing is interpreted."""
    line = one_line(text, limit) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def link(text: str, address: str) -> str:
    """Write a link; the text is our own, the address is made safe."""
    return f"[{text}](<{quote(address, safe=':/?#@!$&()*+,;=%~-._')}>)"
