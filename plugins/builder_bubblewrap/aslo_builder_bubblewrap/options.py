"""What an operator can set in `[builder.NAME]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from aslo_core.api import Options


class BubblewrapOptions(Options):
    """Options of `use = "bubblewrap"`."""

    isolation: Literal["auto", "sandbox"] = "auto"
    """`auto` takes the best that works on this machine and says at the start which one; `sandbox` refuses to start without a
    working bubblewrap."""

    image: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    """Digest of the root tree that builds run in, as `aslo builder image build` tells it: then bundles are the same bytes on
    every machine, and the same as `use = "docker"` makes. Unset: the Python that runs ASLO."""

    program: Path | None = None
    """Path of the `bwrap` program, relative to the configuration file. Unset: the one on the PATH if it works here, else the
    one that was installed with this plugin."""
