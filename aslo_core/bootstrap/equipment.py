"""What follows from the configuration: made as a whole, never changed, and replaced as a whole when it is read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from aslo_core.bootstrap.backends import make_backends
from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.databases import work_folder
from aslo_core.bootstrap.instances import create
from aslo_core.bootstrap.limits import build_limits, inspection_limits
from aslo_core.bootstrap.reconciling import that_list
from aslo_core.bootstrap.setup_owners import setup_owners
from aslo_core.jobs.herald import AbsentNotifier, Telling
from aslo_core.receipts import Backends
from aslo_core.release.policy import Policy
from aslo_core.release.steps import Steps
from aslo_core.types import Builder, ListsDeliveries, ListsReleases, Notifier, WebhookReceiver


@dataclass(frozen=True)
class Equipment:
    """All that steps, requests and notices work with.

    Whoever begins something takes the equipment in force at that moment, and goes on with it to the end.

    Attributes:
        configured: the configuration that it was made of.
        builders: the enabled builders by their names.
        notifiers: the enabled notifiers by their names.
        storages: the enabled storages by their names, in the order of the file.
        receivers: the enabled sources that take webhooks, by their names.
        listing: the enabled sources that can be asked what no delivery told, by their names.
        steps: do the work of releases.
    """

    configured: Configured
    builders: Mapping[str, Builder]
    notifiers: Mapping[str, Notifier]
    storages: Backends
    receivers: Mapping[str, WebhookReceiver]
    listing: Mapping[str, ListsReleases | ListsDeliveries]
    steps: Steps

    def telling(self, notifier: str) -> Telling:
        """How that notifier tells; one that is not enabled tells nobody, and says so."""
        if notifier not in self.notifiers:
            return Telling(AbsentNotifier(notifier))
        (only,) = (instance.only for instance in self.configured.settings.of("notifier") if instance.name == notifier)
        return Telling(self.notifiers[notifier], only)

    def following(self, before: Equipment) -> Self:
        """The same, where runs that began before still find the instances that the configuration has no more."""
        return replace(self, steps=self.steps.following(before.steps))


def equip(configured: Configured, public_url: str) -> Equipment:
    """Make everything that follows from a configuration.

    Args:
        configured: the configuration.
        public_url: address that ASLO is reached at, without a slash at the end.

    Raises:
        ConfigError: with every instance that cannot be made; when there is none, with what does not fit together.
    """
    settings = configured.settings
    made = create(settings, configured.plugins, public_url)
    storages = make_backends(settings, made["storage"])
    steps = Steps(
        sources=made["source"],
        builders=made["builder"],
        storages=storages,
        build_limits=build_limits(settings),
        inspection_limits=inspection_limits(settings),
        work=work_folder(settings),
        step_seconds=settings.build.step_seconds,
        policy=Policy(settings.bundle.version_agreement, settings.bundle.invalid_asset),
        setup_owners=setup_owners(configured, made["builder"]),
    )
    return Equipment(
        configured=configured,
        builders=made["builder"],
        notifiers=made["notifier"],
        storages=storages,
        receivers={name: source for name, source in made["source"].items() if isinstance(source, WebhookReceiver)},
        listing=that_list(made["source"]),
        steps=steps,
    )
