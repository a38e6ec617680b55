"""What an operator can set in `[builder.NAME]`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from aslo_core.api import Options


class BubblewrapOptions(Options):
    """Options of `use = "bubblewrap"`."""

    isolation: Literal["auto", "sandbox"] = "auto"
    """`auto` takes the best that works on this machine and says at the start which one; `sandbox` refuses to start without a
    working bubblewrap."""

    program: Path | None = None
    """Path of the `bwrap` program, relative to the configuration file. Unset: the one on the PATH if it works here, else the
    one that was installed with this plugin."""
