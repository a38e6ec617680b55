"""What of a configuration holds as long as the process lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aslo_core.bootstrap.configuration import Configured
from aslo_core.config import Settings
from aslo_core.plugins import Use

_WHOLE = ("server", "data", "broker", "processes")


def lifelong_changes(before: Settings, now: Settings) -> Iterator[str]:
    """Name the keys that differ and that a running process cannot change."""
    for table in _WHOLE:
        old, new = getattr(before, table), getattr(now, table)
        yield from (f"{table}.{key}" for key in type(new).model_fields if getattr(old, key) != getattr(new, key))
    if before.build.workers != now.build.workers:
        yield "build.workers"
    known = {"", *(builder.label for builder in before.builders.values())}
    yield from (f"builder.{name}.label" for name, builder in now.builders.items() if builder.label not in known)


def code_of_plugins(configured: Configured) -> Mapping[Use, str]:
    """Digest the code of each plugin in use, as it lies on the disk now. What was imported stays as it was then."""
    return {use: found.code_digest() for use, found in configured.plugins.found.items()}
