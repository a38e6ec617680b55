"""The objects of the plugins: one for each enabled table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import structlog

from aslo_core.config import Instance, Settings
from aslo_core.config.secrets import secrets_of, without
from aslo_core.entry_points import KINDS, Kind
from aslo_core.errors import AsloError, ConfigError, ConfigProblem, Permanent
from aslo_core.plugins import Plugins
from aslo_core.types import Context

log = structlog.get_logger(__name__)


def create(
    settings: Settings, plugins: Plugins, public_url: str, wanted: Iterable[Instance] | None = None
) -> dict[Kind, dict[str, Any]]:
    """Make the objects of instances.

    Args:
        settings: the configuration.
        plugins: its plugins.
        public_url: address that ASLO is reached at, without a slash at the end.
        wanted: which instances; all enabled ones when None.

    Raises:
        ConfigError: with every instance that its plugin could not make.
    """
    made: dict[Kind, dict[str, Any]] = {kind: {} for kind in KINDS}
    problems: list[ConfigProblem] = []
    for instance in settings.instances if wanted is None else wanted:
        context = Context(name=instance.name, directory=settings.directory, data=settings.data_path, public_url=public_url)
        try:
            made[instance.kind][instance.name] = plugins.offers[instance.kind, instance.use].create(instance.options, context)
        except Exception as reason:  # noqa: BLE001 - whatever a plugin raises is told with its table
            problems.extend(problems_of(reason, instance, settings))
    if problems:
        raise ConfigError(problems)
    return made


def problems_of(reason: Exception, instance: Instance, settings: Settings) -> Iterator[ConfigProblem]:
    """Say what a plugin raised, at the line of the table or of the key that it names."""
    secrets = set(secrets_of(instance.options))
    for name, found, allowed in _told(reason):
        yield ConfigProblem(
            file=str(settings.path),
            line=instance.lines.get(name, instance.line),
            key=f"{instance.key}.{name}".rstrip("."),
            found=without(secrets, found),
            allowed=without(secrets, allowed),
        )


def _told(reason: Exception) -> Iterator[tuple[str, str, str]]:
    """Give the option's name or nothing, what was found, and what is allowed."""
    match reason:
        case ConfigError(problems=problems):
            yield from ((problem.key, problem.found, problem.allowed) for problem in problems)
        case Permanent(found=found, cure=cure):
            yield "", found, cure
        case AsloError() | ValueError() | OSError():
            yield "", str(reason), "change this table, or what it names"
        case _:
            log.error("plugin.create_crashed", exc_info=reason)
            yield "", f"the plugin failed with {type(reason).__name__}: {reason}", "tell its author; the messages show where"
