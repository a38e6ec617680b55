"""What records deliveries, with the instances that new runs use."""

from __future__ import annotations

from collections.abc import Callable

from aslo_core.config import Settings
from aslo_core.log import EventLog
from aslo_core.release.intake import InForce, Intake
from aslo_core.storing.decisions import Tables, storages_in_force


def make_intake(settings: Settings, log: EventLog, tables: Callable[[], Tables] | None = None) -> Intake:
    """Make what records deliveries. Which storages are required is asked anew for each, since operators decide on that.

    Args:
        settings: the configuration.
        log: where deliveries are recorded.
        tables: gives the enabled storages, where they may come to be more; those of the configuration when None.
    """

    def in_force() -> InForce:
        return InForce(
            builder=settings.build.builder,
            notifiers=tuple(instance.name for instance in settings.of("notifier")),
            storages=storages_in_force(log, tables() if tables else storage_tables(settings)).required,
        )

    return Intake(log, in_force)


def storage_tables(settings: Settings) -> tuple[tuple[str, bool], ...]:
    """Name the enabled storages, each with whether its table says that it is required, in the order of the file."""
    return tuple((name, storage.required) for name, storage in settings.storages.items())
