"""How the threads of a process share the interpreter."""

from __future__ import annotations

import sys

_AT_MOST_S = 0.0005
"""Seconds for which a thread may keep the interpreter while others wait for it.

Python's own 5 ms are long beside a request or a commit: whoever holds the log's write lock gives the interpreter away with each
statement, and would get it back only when all that goes on elsewhere lets go of it.
"""


def switch_often() -> None:
    """Have threads of this process that compute make way for those that wait for something."""
    sys.setswitchinterval(_AT_MOST_S)
