"""What a process does of all that ASLO does, and which folder of the data is its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import Enum, auto

from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.databases import make_data_folder
from aslo_core.bootstrap.serve_lock import AlreadyServed, ServeLock
from aslo_core.config import CoreSettings
from aslo_core.errors import AsloError

_MOST_PER_MACHINE = 64


class Role(Enum):
    """One part of the work."""

    WEB = auto()
    """Takes webhooks, and serves pages and downloads."""
    LIVE = auto()
    """Streams the output of builds to whoever stays connected."""
    WORKER = auto()
    """Does the steps of releases."""
    CONDUCTOR = auto()
    """Decides what is due, tells developers, copies between storages. One at a time leads, however many there are."""


@dataclass(frozen=True)
class Duty:
    """What one process is started for.

    Attributes:
        name: what messages and folders call it: `serve`, `web`, `live`, `worker` or `conductor`.
        roles: what it does.
        labels: of the builders that it works for, as a worker; None for all there are.
    """

    name: str
    roles: frozenset[Role]
    labels: frozenset[str] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it does everything, and needs no other process."""
        return self.roles == frozenset(Role)


SERVE = Duty("serve", frozenset(Role))
WEB = Duty("web", frozenset({Role.WEB}))
LIVE = Duty("live", frozenset({Role.LIVE}))
CONDUCTOR = Duty("conductor", frozenset({Role.CONDUCTOR}))


def worker(labels: Collection[str]) -> Duty:
    """A worker for the builders of some labels, or for those without one."""
    return Duty("worker", frozenset({Role.WORKER}), frozenset(labels) or frozenset({""}))


def require_shared(configured: Configured, duty: Duty) -> None:
    """Make sure that several processes can share what this one needs.

    Raises:
        AsloError: the log or the broker is within one process; the message says what to write.
    """
    settings = configured.settings
    if duty.is_whole or can_share(settings):
        return
    if settings.data.log_url is None:
        raise AsloError(
            f"`aslo {duty.name}` works with others on one log, and log.db is one process's: set data.log_url to a PostgreSQL"
            " database, or run `aslo serve`, which does everything"
        )
    raise AsloError(
        f"`aslo {duty.name}` and others ring for each other through a broker, and memory:// is within one process: set"
        " broker.url to a Redis, or run `aslo serve`, which does everything"
    )


def can_share(settings: CoreSettings) -> bool:
    """Whether several processes can work with one log, and ring for each other."""
    return settings.data.log_url is not None and settings.broker.url.get_secret_value() != "memory://"


@contextmanager
def own_folder(configured: Configured, duty: Duty) -> Iterator[str]:
    """Hold the lock of a folder that is this process's alone; give its name below the data directory.

    `aslo serve` has the data directory itself, others `web`, `live`, `worker`, `conductor` in it, or `worker-2` where there are
    several on one machine. What lies there can be made again.

    Raises:
        AsloError: it cannot be had.
    """
    if duty.is_whole:
        make_data_folder(configured.settings)
        with ServeLock(configured.settings.data_path).held():
            yield ""
        return
    with ExitStack() as holding:
        for number in range(1, _MOST_PER_MACHINE + 1):
            name = duty.name if number == 1 else f"{duty.name}-{number}"
            settings = within(configured, name).settings
            make_data_folder(settings)
            try:
                holding.enter_context(ServeLock(settings.data_path).held())
            except AlreadyServed:
                continue
            yield name
            return
    raise AsloError(f"{_MOST_PER_MACHINE} processes `aslo {duty.name}` run here already: give this one another data.path")


def within(configured: Configured, folder: str) -> Configured:
    """The same configuration, with the data in a folder below the one that it names."""
    return replace(configured, settings=replace(configured.settings, own_folder=folder))
