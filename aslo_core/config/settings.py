"""The core's own settings. The docstring below each field is its documentation; `aslo.toml` shows them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from aslo_core.types import Options

Kind = Literal["source", "builder", "storage", "notifier"]
KINDS: tuple[Kind, ...] = ("source", "builder", "storage", "notifier")

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/[^\s]*)?$")]


class ServerSettings(Options):
    """`[server]`: where ASLO listens and is found."""

    host: str = "127.0.0.1"
    """Address to listen on."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen on; 0 takes any free one, which the start prints."""

    public_url: Address | None = None
    """Address that people and hosts reach ASLO at; links in comments begin with it. Default: http://host:port."""

    threads: Annotated[int, Field(ge=1, le=256)] = 8
    """Requests answered at the same time."""


class DataSettings(Options):
    """`[data]`: where ASLO keeps the log and everything derived from it."""

    path: Path = Path("data")
    """Folder, relative to the configuration file."""


class BrokerSettings(Options):
    """`[broker]`: the doorbell between dispatcher and workers. Losing it loses nothing."""

    url: Annotated[str, StringConstraints(pattern=r"^(memory://|rediss?://.+|unix://.+)$")] = "memory://"
    """`memory://` within one process, or `redis://host:port/db` with a database of its own."""


class BuildSettings(Options):
    """`[build]`: how bundles are built."""

    builder: str = "sandbox"
    """Name of the `[builder.NAME]` that builds."""

    workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Releases worked on at the same time."""

    wall_seconds: Annotated[int, Field(ge=1, le=86400)] = 300
    """Time that one build may take."""

    cpu_seconds: Annotated[int, Field(ge=1, le=86400)] = 120
    """Processor time that one build may use."""

    memory_mib: Annotated[int, Field(ge=64)] = 1024
    """Memory that one build may use, in MiB."""

    processes: Annotated[int, Field(ge=8, le=65536)] = 64
    """Processes and threads that one build may have."""

    scratch_mib: Annotated[int, Field(ge=16)] = 1024
    """Space that one build may write to, in MiB."""

    bundle_mib: Annotated[int, Field(ge=1)] = 192
    """Largest bundle, built or attached, in MiB."""


@dataclass(frozen=True)
class Instance:
    """One enabled table `[<kind>.<name>]`.

    Attributes:
        kind: what it is.
        name: what it is called.
        use: the plugin that makes it.
        options: the table's other keys, validated by the plugin's class.
        line: line of the table in the file.
    """

    kind: Kind
    name: str
    use: str
    options: Options
    line: int


@dataclass(frozen=True)
class Settings:
    """Everything that `aslo.toml` says, validated.

    Attributes:
        path: the file.
        instances: enabled tables in the order of the file.
    """

    path: Path
    server: ServerSettings
    data: DataSettings
    broker: BrokerSettings
    build: BuildSettings
    instances: tuple[Instance, ...]

    @property
    def directory(self) -> Path:
        """Folder that relative paths are meant from."""
        return self.path.parent

    @property
    def data_path(self) -> Path:
        """Folder of the log and of everything derived from it."""
        return self.directory / self.data.path

    def of(self, kind: Kind) -> tuple[Instance, ...]:
        """Give the enabled instances of a kind, in the order of the file."""
        return tuple(instance for instance in self.instances if instance.kind == kind)

    def public_url(self, port: int | None = None) -> str:
        """Address that ASLO is reached at, without a slash at the end; `port` is the one that was really taken."""
        if self.server.public_url is not None:
            return self.server.public_url.rstrip("/")
        return f"http://{self.server.host}:{port or self.server.port}"
