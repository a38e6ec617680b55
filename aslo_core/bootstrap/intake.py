"""What records deliveries, with the instances that new runs use."""

from __future__ import annotations

from aslo_core.config import Settings
from aslo_core.log import EventLog
from aslo_core.release.intake import InForce, Intake


def in_force(settings: Settings) -> InForce:
    """Name the instances that a new run uses."""
    return InForce(
        builder=settings.build.builder,
        notifiers=tuple(instance.name for instance in settings.of("notifier")),
        storages=tuple(instance.name for instance in settings.of("storage")),
    )


def make_intake(settings: Settings, log: EventLog) -> Intake:
    """Make what records deliveries."""
    return Intake(log, in_force(settings))
