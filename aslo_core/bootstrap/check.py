"""Holds a configuration against this machine, without starting anything that stays."""

from __future__ import annotations

from pathlib import Path

from aslo_core.bootstrap.configuration import configure
from aslo_core.bootstrap.instances import create
from aslo_core.config import Kind
from aslo_core.errors import ConfigError, ConfigProblem
from aslo_core.git import check_program
from aslo_core.types import Isolation, Value


class CheckedInstance(Value):
    """An enabled table that ASLO can make its object of.

    Attributes:
        distribution: name and version of what brought the plugin.
        isolation: of a builder, how builds are kept from the host on this machine.
    """

    kind: Kind
    name: str
    use: str
    distribution: str
    isolation: Isolation | None = None


class Report(Value):
    """A configuration that ASLO can start with.

    Attributes:
        git: version of the git program, empty when there is none and no table needs it.
        warnings: what could be better.
    """

    instances: tuple[CheckedInstance, ...]
    git: str
    warnings: tuple[ConfigProblem, ...]
    ok: bool = True


def check(path: Path) -> Report:
    """Read a configuration and make the object of every enabled table.

    Raises:
        ConfigError: with every problem of the file; when it has none, with every table whose object cannot be made.
    """
    configured = configure(path)
    settings, plugins = configured.settings, configured.plugins
    objects = create(settings, plugins, settings.public_url())
    instances = (
        CheckedInstance(
            kind=instance.kind,
            name=instance.name,
            use=instance.use,
            distribution=plugins.distributions[instance.kind, instance.use],
            isolation=objects["builder"][instance.name].isolation if instance.kind == "builder" else None,
        )
        for instance in settings.instances
    )
    return Report(instances=tuple(instances), git=_git_version(), warnings=settings.warnings)


def _git_version() -> str:
    try:
        return check_program()
    except ConfigError:
        return ""  # whoever needs it has said so
