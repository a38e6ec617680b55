"""What records deliveries, with the instances that new runs use."""

from __future__ import annotations

from collections.abc import Callable

from aslo_core.bootstrap.configuration import Configured
from aslo_core.config import Instance, Settings
from aslo_core.log import EventLog
from aslo_core.release.intake import InForce, Intake
from aslo_core.storing.decisions import storages_in_force


def instances_of_runs(configured: Configured, required: Callable[[], tuple[str, ...]]) -> Callable[[str], InForce]:
    """Make what names the instances that a new run of a source's release uses.

    Args:
        configured: the configuration.
        required: names the storages that are required; asked anew for each run, since operators decide on that.
    """
    settings = configured.settings
    sources = {instance.name: instance for instance in settings.of("source")}

    def of_source(name: str) -> InForce:
        source = sources.get(name)
        return InForce(
            builder=settings.build.builder,
            notifiers=tuple(
                notifier.name
                for notifier in settings.of("notifier")
                if source is not None and answers(configured, notifier, source)
            ),
            storages=required(),
        )

    return of_source


def answers(configured: Configured, notifier: Instance, source: Instance) -> bool:
    """Whether a notifier can tell of a source's releases."""
    return configured.plugins.offers["notifier", notifier.use].answers(notifier.options, source.options)


def make_intake(configured: Configured, log: EventLog) -> Intake:
    """Make what records deliveries.

    Args:
        configured: the configuration.
        log: where deliveries are recorded.
    """

    def required() -> tuple[str, ...]:
        return storages_in_force(log, storage_tables(configured.settings)).required

    return Intake(log, instances_of_runs(configured, required))


def storage_tables(settings: Settings) -> tuple[tuple[str, bool], ...]:
    """Name the enabled storages, each with whether its table says that it is required, in the order of the file."""
    return tuple((name, storage.required) for name, storage in settings.storages.items())
