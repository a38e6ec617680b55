"""What records deliveries, with the instances that new runs use."""

from __future__ import annotations

from collections.abc import Callable

from aslo_core.bootstrap.configuration import Configured
from aslo_core.config import Instance
from aslo_core.log import EventLog
from aslo_core.release.intake import InForce, Intake


def instances_of_runs(configured: Configured) -> Callable[[str], InForce]:
    """Make what names the instances that a new run of a source's release uses."""
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
            storages=tuple(instance.name for instance in settings.of("storage")),
        )

    return of_source


def answers(configured: Configured, notifier: Instance, source: Instance) -> bool:
    """Whether a notifier can tell of a source's releases."""
    return configured.plugins.offers["notifier", notifier.use].answers(notifier.options, source.options)


def make_intake(configured: Configured, log: EventLog) -> Intake:
    """Make what records deliveries."""
    return Intake(log, instances_of_runs(configured))
