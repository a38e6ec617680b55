"""The core's own settings. The docstring below each field is its documentation; `aslo.toml` shows them all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from aslo_core.config.bundle_settings import BundleSettings
from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.entry_points import Kind
from aslo_core.errors import ConfigProblem
from aslo_core.types import Options, Secret

_REDIS = re.compile(r"rediss?://([^\s/@]*@)?(\[[0-9A-Fa-f:.]+\]|[^\s/:?@\[\]]+)(:\d{1,5})?(/\d*)?(\?[^\s]*)?")
_REDIS_SOCKET = re.compile(r"unix://[^\s?]*/[^\s?]+(\?[^\s]*)?")
_POSTGRESQL = re.compile(
    r"postgres(ql)?://[^\s/?#@:]+(:[^\s/?#@]*)?@(\[[0-9A-Fa-f:.]+\]|[^\s/:?#@\[\]]+)(:\d{1,5})?/[^\s/?#]+(\?[^\s#]*)?"
)
_ACCOUNT = re.compile(r"[a-z][a-z0-9-]{0,31}:[^\s:/*]{1,100}")
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is written in the file, not what is listened on
"""Hosts that are all addresses of a machine, each with the one that surely leads to it from itself."""


def _address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise ValueError("an address such as https://activities.example.org")
    return value.rstrip("/")


def _broker(value: Secret) -> Secret:
    url = value.get_secret_value()
    is_redis = _REDIS.fullmatch(url) and (urlsplit(url).port or 0) >= 0  # a port beyond 65535 raises
    if url == "memory://" or is_redis or _REDIS_SOCKET.fullmatch(url):
        return value
    raise ValueError("memory://, redis://HOST:PORT/DATABASE, rediss:// for TLS, or unix:///PATH?db=DATABASE")


def _postgresql(value: Secret) -> Secret:
    if not _POSTGRESQL.fullmatch(value.get_secret_value()):
        raise ValueError("postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE; write special characters of the password as %XX")
    return value


def core_keys(kind: Kind) -> tuple[str, ...]:
    """Name the keys of a table `[<kind>.NAME]` that the core looks at itself; all others are its plugin's."""
    of_kind = CORE_KEYS.get(kind)
    return ("use", "enabled", *(of_kind.model_fields if of_kind else ()))


def _accounts(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [account for account in value if not _ACCOUNT.fullmatch(account)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no account of a source; write each by its name, as in github:sugarlabs")
    return value


class ServerSettings(Options):
    """`[server]`: where ASLO listens and is found."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Address or name to listen on; `0.0.0.0` and `::` are all of this machine's."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen on; 0 takes any free one, which the start prints."""

    public_url: Annotated[str, AfterValidator(_address)] | None = None
    """Address that people and code hosts reach ASLO at; links in comments begin with it. Default: http://host:port."""

    threads: Annotated[int, Field(ge=1, le=256)] = 16
    """Requests answered at the same time."""

    live_port: Annotated[int, Field(ge=0, le=65535)] = 8001
    """Port that `aslo live` listens on; 0 takes any free one. `aslo serve` streams on `port`, and has no use for it."""

    streams: Annotated[int, Field(ge=1, le=10_000)] = 256
    """Streams open at the same time in one process, each of somebody who follows a build. More are refused with 503, as are
    those beyond a third of the files that the process may open."""


class DataSettings(Options):
    """`[data]`: where ASLO keeps the log and everything derived from it."""

    path: Path = Path("data")
    """Folder of the log and of everything derived from it, relative to the configuration file."""

    log_url: Annotated[Secret, AfterValidator(_postgresql)] | None = None
    """Address of a PostgreSQL database that holds the log: `postgresql://role:password@host:port/database`. The role must not
    own the database's log; `aslo db upgrade --as` makes that. Default: the file `log.db` in the folder."""

    keep_free_mib: Annotated[int, Field(ge=0)] = 1024
    """Space on the folder's disk, in MiB, that is kept for the log: with less, webhooks are accepted and no release is begun
    until a quarter more is free. A worker beside others begins none itself. 0 keeps none."""


class BrokerSettings(Options):
    """`[broker]`: the doorbell between dispatcher and workers. Losing it loses nothing."""

    url: Annotated[Secret, AfterValidator(_broker)] = Secret("memory://")
    """`memory://` within one process, or `redis://host:port/database` with a database that nothing else uses. A secret, since a
    password may be part of it."""


class ProcessesSettings(Options):
    """`[processes]`: how processes that share a log know of each other."""

    lease_seconds: Annotated[float, Field(ge=1, le=3600)] = 8.0
    """Time after which a process that is not heard of counts as gone, and another one takes over its work; by the clock of the
    log's database. Each is heard of four times in that time."""


class BuildSettings(Options):
    """`[build]`: how bundles are built."""

    builder: str = "sandbox"
    """Name of the `[builder.NAME]` that builds."""

    workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Releases worked on at the same time."""

    per_owner: Annotated[int, Field(ge=1, le=64)] | None = None
    """Of these, at most so many of one account, so that the others need not wait for its builds. Default: half of `workers`,
    rounded up. Where only one account releases, give it as many as there are workers."""

    wall_seconds: Annotated[int, Field(ge=1, le=86400)] = 300
    """Time that one build may take."""

    cpu_seconds: Annotated[int, Field(ge=1, le=86400)] = 120
    """Processor time that one build may use."""

    step_seconds: Annotated[int, Field(ge=1, le=86400)] = 900
    """Time after which fetching a release, or storing it on one storage, is given up and tried again later, whatever it waits
    for; building and inspecting have their own limits beside it. More than the sources' own limits of time together."""

    memory_mib: Annotated[int, Field(ge=64)] = 1024
    """Memory that one build may use, in MiB."""

    processes: Annotated[int, Field(ge=8, le=65536)] = 64
    """Processes and threads that one build may have, or one inspection."""

    scratch_mib: Annotated[int, Field(ge=16)] = 1024
    """Space that one build may write to, in MiB."""

    bundle_mib: Annotated[int, Field(ge=1, le=4095)] = 192
    """Largest bundle, built or attached, in MiB; no larger than `inflated_mib` in `[bundle]`."""

    run_setup_for: Annotated[tuple[str, ...], AfterValidator(_accounts)] = ()
    """Accounts, each as `SOURCE:ACCOUNT`, whose repositories' own `setup.py` makes their bundles, for example
    `["github:sugarlabs"]`. Their code is run then, where no one else's is: inside the sandbox, but list only whom you would
    give an account on the machine. It takes `use = "docker"`, or `use = "bubblewrap"` with `image`."""

    @property
    def cap(self) -> int:
        """How many releases of one account are worked on at the same time."""
        return self.per_owner if self.per_owner is not None else (self.workers + 1) // 2


class ReconcileSettings(Options):
    """`[reconcile]`: how what nobody told is found: sources and storages are asked what they have, the log what it knows."""

    every_minutes: Annotated[int, Field(ge=0, le=10080)] = 60
    """How often each source is asked that can list its releases, `github` and `forgejo` among them, and each storage; also soon
    after a start. With 0 only `aslo reconcile` and `aslo storage verify` ask."""


CORE_TABLES: Mapping[str, type[Options]] = MappingProxyType(
    {
        "server": ServerSettings,
        "data": DataSettings,
        "broker": BrokerSettings,
        "processes": ProcessesSettings,
        "build": BuildSettings,
        "bundle": BundleSettings,
        "reconcile": ReconcileSettings,
    }
)
"""The core's own tables, in the order of their documentation."""


class StorageSettings(Options):
    """The core's own keys of each `[storage.NAME]`."""

    required: bool = True
    """Whether a release is published only once this storage has it. At least one storage is required; the others get each
    release afterwards, and are tried again by themselves until they have it."""

    verify: Literal["backend", "public"] = "backend"
    """How a copy is read back and hashed before it counts: `backend` as ASLO reads it itself, `public` through the storage's
    public address, as everybody does."""


class BuilderSettings(Options):
    """The core's own keys of each `[builder.NAME]`."""

    label: Annotated[str, Field(pattern=r"^([a-z][a-z0-9-]{0,31})?$")] = ""
    """Which workers build with it: those that are started with `aslo worker --label LABEL`. Without one: those without one."""


CORE_KEYS: Mapping[Kind, type[Options]] = MappingProxyType(
    {"builder": BuilderSettings, "storage": StorageSettings, "notifier": NoticeFilter}
)
"""The core's own keys of an instance's table, by its kind."""


@dataclass(frozen=True)
class Instance:
    """One enabled table `[<kind>.<name>]`.

    Attributes:
        kind: what it is.
        name: what it is called.
        use: the plugin that makes it.
        options: the table's other keys, validated by the plugin's class.
        only: of a notifier, what it is told.
        line: line of the table in the file.
        lines: line of each of its keys.
    """

    kind: Kind
    name: str
    use: str
    options: Options
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)
    only: NoticeFilter = field(default_factory=NoticeFilter)

    @property
    def key(self) -> str:
        """The table's key: `<kind>.<name>`."""
        return f"{self.kind}.{self.name}"


@dataclass(frozen=True)
class CoreSettings:
    """The core's own tables of `aslo.toml`, validated.

    Attributes:
        path: the file.
        own_folder: name of this process's folder in that of the data; empty for that itself. No part of the file.
    """

    path: Path
    server: ServerSettings
    data: DataSettings
    broker: BrokerSettings
    processes: ProcessesSettings
    build: BuildSettings
    bundle: BundleSettings
    reconcile: ReconcileSettings
    own_folder: str = field(default="", kw_only=True)

    @property
    def directory(self) -> Path:
        """Folder that relative paths are meant from."""
        return self.path.parent

    @property
    def data_path(self) -> Path:
        """Folder of the log and of everything derived from it, of this process."""
        return self.directory / self.data.path / self.own_folder

    def public_url(self, port: int | None = None) -> str:
        """Address that ASLO is reached at, without a slash at the end; `port` is the one that was really taken."""
        if self.server.public_url is not None:
            return self.server.public_url
        host = EVERYWHERE.get(self.server.host, self.server.host)  # of all addresses, this machine's own surely leads here
        return f"http://{f'[{host}]' if ':' in host else host}:{port or self.server.port}"


@dataclass(frozen=True)
class Settings(CoreSettings):
    """Everything that `aslo.toml` says, validated.

    Attributes:
        instances: enabled tables in the order of the file.
        storages: the core's own keys of each enabled storage, by its name, in the order of the file.
        builders: those of each enabled builder.
        warnings: what ASLO can start with, and what would be better.
    """

    instances: tuple[Instance, ...]
    storages: Mapping[str, StorageSettings] = field(default_factory=dict)
    builders: Mapping[str, BuilderSettings] = field(default_factory=dict)
    warnings: tuple[ConfigProblem, ...] = ()

    def of(self, kind: Kind) -> tuple[Instance, ...]:
        """Give the enabled instances of a kind, in the order of the file."""
        return tuple(instance for instance in self.instances if instance.kind == kind)

    def of_core(self, instance: Instance) -> Options | None:
        """Give the core's own keys of an instance's table, or None where its kind has none."""
        match instance.kind:
            case "builder":
                return self.builders[instance.name]
            case "storage":
                return self.storages[instance.name]
            case "notifier":
                return instance.only
            case _:
                return None
