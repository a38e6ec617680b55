"""What records deliveries, with the instances that new runs use."""

from __future__ import annotations

from aslo_core.config import Settings
from aslo_core.log import EventLog
from aslo_core.release.intake import InForce, Intake
from aslo_core.storing.decisions import storages_in_force


def make_intake(settings: Settings, log: EventLog) -> Intake:
    """Make what records deliveries. Which storages are required is asked anew for each, since operators decide on that."""
    tables = storage_tables(settings)

    def in_force() -> InForce:
        return InForce(
            builder=settings.build.builder,
            notifiers=tuple(instance.name for instance in settings.of("notifier")),
            storages=storages_in_force(log, tables).required,
        )

    return Intake(log, in_force)


def storage_tables(settings: Settings) -> tuple[tuple[str, bool], ...]:
    """Name the enabled storages, each with whether its table says that it is required, in the order of the file."""
    return tuple((name, storage.required) for name, storage in settings.storages.items())
