"""Who calls."""

from __future__ import annotations

import getpass
import os


def login() -> str:
    """Name whoever calls; in containers, a user may have a number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
