"""What `aslo reconcile` works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.databases import open_log, open_projector, views_path
from aslo_core.bootstrap.instances import create
from aslo_core.bootstrap.intake import make_intake
from aslo_core.errors import AsloError
from aslo_core.jobs.reconciler import Reconciler
from aslo_core.projections import Views
from aslo_core.release.clock import Clock, LogClock
from aslo_core.types import ListsDeliveries, ListsReleases


def that_list(sources: Mapping[str, Any]) -> Mapping[str, ListsReleases | ListsDeliveries]:
    """Those of the sources that can be asked what no delivery told."""
    return {name: source for name, source in sources.items() if isinstance(source, ListsReleases | ListsDeliveries)}


@contextmanager
def open_reconcilers(configured: Configured, name: str) -> Iterator[tuple[Mapping[str, Reconciler], Clock]]:
    """Make a reconciler for each enabled source that lists, or for one of them; give the time that they go by as well.

    `aslo serve` may run beside.

    Args:
        configured: the configuration.
        name: of one source; all when empty.

    Raises:
        AsloError: there is no log yet, or it needs `aslo db upgrade`; or no such source can be asked.
        ConfigError: a source cannot be made from its table.
    """
    settings = configured.settings
    wanted = [instance for instance in settings.of("source") if name in ("", instance.name)]
    sources = that_list(create(settings, configured.plugins, settings.public_url(), wanted)["source"])
    if name and not sources:
        enabled = ", ".join(instance.name for instance in settings.of("source"))
        lacks = "lists no releases" if wanted else f"is not enabled in {settings.path}; enabled: {enabled}"
        raise AsloError(f"source {name!a} {lacks}")
    with open_log(settings) as log:
        with open_projector(settings, log) as projector:
            projector.make_ready()
        with closing(Views(views_path(settings))) as views:
            clock, intake = LogClock(log.newest_us), make_intake(configured, log)
            reconcilers = {
                name: Reconciler(name, _always(source), lambda: intake, log, views.snapshot, clock, lambda: 0)
                for name, source in sources.items()
            }
            yield reconcilers, clock


def _always(source: object) -> Callable[[], object]:
    return lambda: source
