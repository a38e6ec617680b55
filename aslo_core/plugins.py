"""Finds and loads the plugins that a configuration uses. Nothing else is imported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from traceback import extract_tb
from types import MappingProxyType
from typing import Any

import pluggy
import structlog

from aslo_core.config import Document
from aslo_core.config.explain import one_of
from aslo_core.config.settings import core_keys
from aslo_core.entry_points import KINDS, PROJECT, Found, Kind, installed
from aslo_core.events import Recorded
from aslo_core.hookspecs import HookSpecs
from aslo_core.types import Offer, Options

log = structlog.get_logger(__name__)

Use = tuple[Kind, str]
"""A kind and what `use = "…"` says."""


@dataclass(frozen=True)
class Plugins:
    """The plugins that are in use, loaded and frozen.

    Attributes:
        offers: what each offers.
        missing: why one that is wanted is not among them.
        found: what is installed of each that is loaded.
    """

    offers: Mapping[Use, Offer[Any]]
    missing: Mapping[Use, str]
    found: Mapping[Use, Found]
    manager: pluggy.PluginManager

    def options(self) -> dict[Use, type[Options]]:
        """Give the options class of each."""
        return {use: offer.options for use, offer in self.offers.items()}

    def observe(self, event: Recorded) -> None:
        """Let every observer hear an event; one that raises hinders nobody."""
        for implementation in self.manager.hook.aslo_observe.get_hookimpls():
            try:
                implementation.function(*[event for _ in implementation.argnames])  # it may leave the event out
            except Exception:
                log.exception("plugin.observer_failed", plugin=implementation.plugin_name, position=event.position)


def used(document: Document) -> set[Use]:
    """Name the plugins that the enabled tables of a file use."""
    return {
        (kind, table["use"]) for kind in KINDS for _, table in document.instances(kind) if isinstance(table.get("use"), str)
    }


def load(wanted: Collection[Use]) -> Plugins:
    """Import the wanted plugins, and no others. What is wrong with one is told in `missing` and hinders no other.

    Args:
        wanted: what the configuration uses.
    """
    available = installed()
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecs)
    offers: dict[Use, Offer[Any]] = {}
    missing: dict[Use, str] = {}
    found: dict[Use, Found] = {}
    for kind, use in sorted(wanted):
        providers = [plugin for plugin in available if (plugin.kind, plugin.use) == (kind, use)]
        if len(providers) != 1:
            missing[kind, use] = _not_one((kind, use), providers, available)
            continue
        if providers[0].refusal:
            missing[kind, use] = providers[0].refusal
            continue
        try:
            offers[kind, use] = _import(providers[0], manager)
        except (Exception, SystemExit) as reason:  # noqa: BLE001 - whatever a plugin does, it is told and contained
            missing[kind, use] = f"{providers[0].distribution} cannot be loaded: {_told(reason)}; mend or remove it"
            continue
        found[kind, use] = providers[0]
    return Plugins(
        offers=MappingProxyType(offers),
        missing=MappingProxyType(missing),
        found=MappingProxyType(found),
        manager=manager,
    )


def _import(provider: Found, manager: pluggy.PluginManager) -> Offer[Any]:
    module = provider.entry_point.load()
    new = not manager.is_registered(module)
    if new:
        manager.register(module, name=provider.entry_point.value)
    try:
        manager.check_pending()
        return _offer(provider, module, manager)
    except BaseException:
        if new:
            manager.unregister(module)
        raise


def _offer(provider: Found, module: object, manager: pluggy.PluginManager) -> Offer[Any]:
    """Take the one offer of that name from what a module registers.

    Raises:
        LookupError, TypeError: there is none, or it is not what the hook asks for.
    """
    hook = f"aslo_{provider.kind}s"
    registered: list[Offer[Any]] = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        returned = implementation.function() if implementation.plugin is module else ()
        if not isinstance(returned, Iterable):
            raise TypeError(f"{hook}() returned {returned!r} in place of a list of offers")
        for offer in returned:
            _check(offer, hook, provider.kind)
            registered.append(offer)
    named = [offer for offer in registered if offer.name == provider.use]
    if len(named) != 1:
        count, names = len(named) or "no", ", ".join(sorted({offer.name for offer in registered})) or "nothing"
        raise LookupError(f"its {hook}() registers {count} {provider.kind} named {provider.use!r}; it registers {names}")
    return named[0]


def _check(offer: object, hook: str, kind: Kind) -> None:
    if not isinstance(offer, Offer):
        raise TypeError(f"{hook}() returned {offer!r} among its offers")
    if not (isinstance(offer.options, type) and issubclass(offer.options, Options)):
        raise TypeError(f"the options of the offer {offer.name!r} are {offer.options!r}, not a subclass of Options")
    if taken := set(core_keys(kind)) & offer.options.model_fields.keys():
        raise TypeError(
            f"the options of the offer {offer.name!r} have a field {min(taken)}, which means something else already"
        )
    if not callable(offer.create):
        raise TypeError(f"create of the offer {offer.name!r} is {offer.create!r}, not a function")


def _told(reason: BaseException) -> str:
    """Say what was raised, and where outside of Python's own import machinery."""
    frames = [frame for frame in extract_tb(reason.__traceback__) if not frame.filename.startswith("<frozen")]
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(reason).__name__}: {reason}{place}"


def _not_one(wanted: Use, providers: Collection[Found], available: Iterable[Found]) -> str:
    kind, use = wanted
    if providers:
        names = " and ".join(provider.distribution for provider in providers)
        return f"several installed distributions offer it ({names}); remove all but one"
    uses = sorted({plugin.use for plugin in available if plugin.kind == kind})
    return f"no such {kind} plugin is installed; {one_of(use, uses)}"
