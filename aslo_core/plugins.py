"""Finds and loads the plugins that a configuration uses, and makes their objects. Nothing else is imported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

import pluggy
import structlog

from aslo_core.config import Document, Kind, Settings
from aslo_core.config.settings import KINDS
from aslo_core.errors import ConfigError, ConfigProblem
from aslo_core.events import Recorded
from aslo_core.hookspecs import PROJECT, HookSpecs
from aslo_core.types import Context, Offer, Options

log = structlog.get_logger(__name__)

Use = tuple[Kind, str]
"""A kind and what `use = "…"` says."""


@dataclass(frozen=True)
class Found:
    """A plugin that is installed, not yet imported.

    Attributes:
        kind, use: what it offers, from the entry point's name `<kind>.<use>`.
        distribution: name and version of what brought it.
    """

    kind: Kind
    use: str
    distribution: str
    entry_point: EntryPoint


@dataclass(frozen=True)
class Plugins:
    """The plugins that are in use, loaded and frozen.

    Attributes:
        offers: what each offers.
        missing: why one that is wanted is not among them.
        distributions: name and version of what brought each.
    """

    offers: Mapping[Use, Offer[Any]]
    missing: Mapping[Use, str]
    distributions: Mapping[Use, str]
    manager: pluggy.PluginManager

    def options(self) -> dict[Use, type[Options]]:
        """Give the options class of each."""
        return {use: offer.options for use, offer in self.offers.items()}

    def observe(self, event: Recorded) -> None:
        """Let every observer hear an event; one that raises hinders nobody."""
        for implementation in self.manager.hook.aslo_observe.get_hookimpls():
            try:
                implementation.function(event=event)
            except Exception:
                log.exception("plugin.observer_failed", plugin=implementation.plugin_name, position=event.position)


def installed() -> tuple[Found, ...]:
    """List every plugin that is installed, sorted by kind and name, without importing any."""
    found = []
    for entry_point in entry_points(group=PROJECT):
        kind, _, use = entry_point.name.partition(".")
        if kind in KINDS and use:
            dist = entry_point.dist
            distribution = f"{dist.name} {dist.version}" if dist else entry_point.value
            found.append(Found(kind=kind, use=use, distribution=distribution, entry_point=entry_point))
    return tuple(sorted(found, key=lambda plugin: (KINDS.index(plugin.kind), plugin.use, plugin.distribution)))


def used(document: Document) -> set[Use]:
    """Name the plugins that the enabled tables of a file use."""
    return {
        (kind, table["use"]) for kind in KINDS for _, table in document.instances(kind) if isinstance(table.get("use"), str)
    }


def load(wanted: Collection[Use], available: Iterable[Found] | None = None) -> Plugins:
    """Import the wanted plugins, and no others.

    Args:
        wanted: what the configuration uses.
        available: what is installed; asked of Python when None.
    """
    available = tuple(installed() if available is None else available)
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecs)
    offers: dict[Use, Offer[Any]] = {}
    missing: dict[Use, str] = {}
    distributions: dict[Use, str] = {}
    for kind, use in sorted(wanted):
        providers = [plugin for plugin in available if (plugin.kind, plugin.use) == (kind, use)]
        if len(providers) != 1:
            missing[kind, use] = _not_one(kind, providers, available)
            continue
        provider = providers[0]
        try:
            offers[kind, use] = _import(provider, manager)
        except Exception as reason:
            log.exception("plugin.broken", plugin=provider.entry_point.name, distribution=provider.distribution)
            missing[kind, use] = (
                f"{provider.distribution} cannot be loaded ({type(reason).__name__}: {reason}); mend or remove it"
            )
            continue
        distributions[kind, use] = provider.distribution
    return Plugins(
        offers=MappingProxyType(offers),
        missing=MappingProxyType(missing),
        distributions=MappingProxyType(distributions),
        manager=manager,
    )


def create(settings: Settings, plugins: Plugins, public_url: str) -> dict[Kind, dict[str, Any]]:
    """Make the object of every enabled instance.

    Raises:
        ConfigError: with every instance that its plugin could not make.
    """
    made: dict[Kind, dict[str, Any]] = {kind: {} for kind in KINDS}
    problems: list[ConfigProblem] = []
    for instance in settings.instances:
        context = Context(name=instance.name, directory=settings.directory, data=settings.data_path, public_url=public_url)
        key = f"{instance.kind}.{instance.name}"
        try:
            offer = plugins.offers[instance.kind, instance.use]
            made[instance.kind][instance.name] = offer.create(instance.options, context)
        except ConfigError as reasons:
            problems.extend(
                ConfigProblem(
                    str(settings.path), instance.line, f"{key}.{reason.key}".rstrip("."), reason.found, reason.allowed
                )
                for reason in reasons.problems
            )
        except (ValueError, OSError) as reason:
            problems.append(ConfigProblem(str(settings.path), instance.line, key, str(reason), "mend this table"))
    if problems:
        raise ConfigError(problems)
    return made


def _import(provider: Found, manager: pluggy.PluginManager) -> Offer[Any]:
    module = provider.entry_point.load()
    if not manager.is_registered(module):
        manager.register(module, name=provider.entry_point.value)
        manager.check_pending()
    hook = getattr(manager.hook, f"aslo_{provider.kind}s")
    for implementation in hook.get_hookimpls():
        offers: Iterable[Offer[Any]] = implementation.function() if implementation.plugin is module else ()
        for offer in offers:
            if offer.name == provider.use:
                return offer
    raise LookupError(f"{provider.entry_point.value} registers no {provider.kind} named {provider.use!r}")


def _not_one(kind: Kind, providers: Collection[Found], available: Iterable[Found]) -> str:
    if providers:
        names = " and ".join(provider.distribution for provider in providers)
        return f"two installed distributions offer it ({names}); remove one"
    uses = sorted({plugin.use for plugin in available if plugin.kind == kind})
    return f"no such {kind} plugin is installed; allowed: {', '.join(uses) or 'none is installed'}"
