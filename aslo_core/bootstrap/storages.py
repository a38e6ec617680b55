"""The storages of an installation with the log and the read models: what commands on storages work with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from aslo_core.bootstrap.backends import make_backends
from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.databases import open_log, open_projector, views_path
from aslo_core.bootstrap.instances import create
from aslo_core.config import Settings
from aslo_core.errors import AsloError
from aslo_core.log import EventLog
from aslo_core.projections import Views
from aslo_core.receipts import Backend, Backends


@dataclass(frozen=True)
class OpenStorages:
    """Everything that is open.

    Attributes:
        settings: the configuration.
        backends: the enabled storages by their names, in the order of the file.
        log: the log.
        views: the read models.
        refresh: brings these up to date with the log.
    """

    settings: Settings
    backends: Backends
    log: EventLog
    views: Views
    refresh: Callable[[], object]

    def named(self, name: str) -> Backend:
        """Give one of the storages.

        Raises:
            AsloError: there is none of that name.
        """
        if name not in self.backends:
            known = ", ".join(self.backends)
            raise AsloError(f"no storage named {name!a} is enabled in {self.settings.path}; enabled: {known}")
        return self.backends[name]


@contextmanager
def open_storages(configured: Configured) -> Iterator[OpenStorages]:
    """Open log, read models and storages; `aslo serve` may run beside.

    Raises:
        AsloError: there is no log yet, or it needs `aslo db upgrade`.
        ConfigError: a storage cannot be made from its table.
    """
    settings = configured.settings
    made = create(settings, configured.plugins, settings.public_url(), settings.of("storage"))["storage"]
    backends = make_backends(settings, made)
    with open_log(settings) as log, open_projector(settings, log) as projector:
        projector.make_ready()
        with closing(Views(views_path(settings))) as views:
            yield OpenStorages(settings, backends, log, views, projector.make_ready)
