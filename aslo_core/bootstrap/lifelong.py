"""What of a configuration holds as long as the process lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aslo_core.bootstrap.configuration import Configured
from aslo_core.config import Settings
from aslo_core.errors import ConfigProblem
from aslo_core.plugins import Use

_WHOLE = ("server", "data", "broker", "processes")


def lifelong_changes(before: Settings, now: Configured) -> Iterator[ConfigProblem]:
    """Tell of the keys that differ and that a running process cannot change."""
    for key in _changed(before, now.settings):
        found = "it cannot change while ASLO runs"
        yield now.document.problem(key, found, "restart it, or put back what was there")


def code_of_plugins(configured: Configured) -> Mapping[Use, str]:
    """Digest the code of each plugin in use, as it lies on the disk now. What was imported stays as it was then."""
    return {use: found.code_digest() for use, found in configured.plugins.found.items()}


def code_changes(imported: Mapping[Use, str], code: Mapping[Use, str], now: Configured) -> Iterator[ConfigProblem]:
    """Tell of the tables that use a plugin whose code is not what was imported."""
    for instance in now.settings.instances:
        use = (instance.kind, instance.use)
        if imported.get(use, code[use]) != code[use]:
            found = f"another version of {instance.kind}.{instance.use} was installed since ASLO started"
            yield now.document.problem((instance.kind, instance.name, "use"), found, "restart it")


def _changed(before: Settings, now: Settings) -> Iterator[tuple[str, ...]]:
    for table in _WHOLE:
        old, new = getattr(before, table), getattr(now, table)
        yield from ((table, key) for key in type(new).model_fields if getattr(old, key) != getattr(new, key))
    if before.build.workers != now.build.workers:
        yield "build", "workers"
    known = {"", *(builder.label for builder in before.builders.values())}
    yield from (("builder", name, "label") for name, builder in now.builders.items() if builder.label not in known)
