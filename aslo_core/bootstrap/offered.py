"""The plugins among which somebody who makes a configuration chooses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aslo_core.bootstrap.instances import create
from aslo_core.config import CoreSettings, Document, Instance, Settings
from aslo_core.config.validate import NAME
from aslo_core.entry_points import Kind, installed
from aslo_core.errors import AsloError, ConfigError
from aslo_core.plugins import Plugins
from aslo_core.types import Builder, Options

_OF_ASLO = re.compile(r",? (?:as an? \w+ of|for) ASLO\.?$")
"""What the summaries of plugins have in common."""


@dataclass(frozen=True)
class Offered:
    """A plugin that may be chosen, and the table that it has then.

    Attributes:
        kind, use: the plugin.
        name: what its table is called: as in the document, or else after the plugin.
        summary: what it is, in the words of its distribution.
        is_there: whether the document has the table.
        is_on: whether that is enabled.
    """

    kind: Kind
    use: str
    name: str
    summary: str
    is_there: bool
    is_on: bool

    @property
    def key(self) -> tuple[str, str]:
        """The table's key."""
        return (self.kind, self.name)


def offered(document: Document, kind: Kind) -> tuple[Offered, ...]:
    """List the installed plugins of a kind that this ASLO can use; none is imported."""
    tables = document.data.get(kind, {})
    found = [plugin for plugin in installed() if plugin.kind == kind and not plugin.refusal]
    made = []
    for plugin in found:
        name = next((name for name, table in tables.items() if table.get("use") == plugin.use), None)
        dist = plugin.entry_point.dist
        summary = dist.metadata["Summary"] if dist and "Summary" in dist.metadata else plugin.distribution
        made.append(
            Offered(
                kind=kind,
                use=plugin.use,
                name=name or _name(plugin.use, kind, tables),
                summary=_OF_ASLO.sub("", summary),
                is_there=name is not None,
                is_on=name is not None and tables[name].get("enabled", True),
            )
        )
    return tuple(made)


def made_of(one: Offered, options: Options, plugins: Plugins, core: CoreSettings) -> object:
    """Make the object of a table that is not written yet.

    Raises:
        ConfigError: with everything for which its plugin refuses the options.
    """
    instance = Instance(kind=one.kind, name=one.name, use=one.use, options=options, line=0)
    settings = Settings(**vars(core), instances=(instance,))
    return create(settings, plugins, settings.public_url())[one.kind][one.name]


def works_here(one: Offered, plugins: Plugins, core: CoreSettings) -> tuple[bool, str]:
    """Tell whether a builder with nothing but defaults can build on this machine, and how it would, or why not."""
    offer = plugins.offers.get((one.kind, one.use))
    if offer is None:
        return False, plugins.missing[one.kind, one.use]
    if any(field.is_required() for field in offer.options.model_fields.values()):
        return False, "what it can do here depends on its options"
    try:
        builder: Builder = made_of(one, offer.options(), plugins, core)  # type: ignore[assignment]
        isolation = builder.isolation
    except ConfigError as reason:
        return False, "; ".join(f"{problem.found}; {problem.allowed}" for problem in reason.problems)
    except AsloError as reason:
        return False, str(reason)
    return True, f"{isolation.level} ({isolation.detail})"


def _name(use: str, kind: Kind, taken: object) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", use.lower()).strip("-")[:28]
    names = (name for name in _numbered(plain if NAME.fullmatch(plain) else kind))
    return next(name for name in names if not isinstance(taken, dict) or name not in taken)


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in range(2, 1000))
