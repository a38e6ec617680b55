"""What an operator can set in `[builder.NAME]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from aslo_core.api import Options


class DockerOptions(Options):
    """Options of `use = "docker"`."""

    image: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    """Digest of the image that builds run in, as `aslo builder image build` tells it. Nothing is built without one, and in no
    other."""

    program: Literal["packer", "sugar"] = "packer"
    """What packs: ASLO's own packer, or Sugar's own builder, called directly. Both make the same content and run no code of the
    repository; Sugar's needs some ten times as long."""

    socket: Path = Path("/var/run/docker.sock")
    """Socket of the Docker daemon on this machine. Who may use it is root there; a daemon on another machine needs an ASLO
    worker on that machine."""

    runtime: str | None = None
    """Name of the runtime that containers are run with, for example `runsc` (gVisor), as the daemon knows it. Unset: the
    daemon's default."""

    warm: Annotated[int, Field(ge=0, le=64)] = 2
    """Containers that are started ahead, and wait for a build or an inspection. Each is used once. 0: each starts its own."""

    processors: Annotated[float, Field(gt=0, le=1024)] = 1.0
    """Processors that one build may use at the same time."""
