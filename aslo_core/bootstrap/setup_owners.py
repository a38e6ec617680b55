"""Whose `setup.py` is run, and whether the builder in use can do that."""

from __future__ import annotations

from collections.abc import Mapping

from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.instances import problems_of
from aslo_core.errors import ConfigError
from aslo_core.release.setup_owners import SetupOwners, cannot_run_setup
from aslo_core.types import Builder, RunsSetup


def setup_owners(configured: Configured, builders: Mapping[str, Builder]) -> SetupOwners:
    """Read the option.

    Raises:
        ConfigError: it names somebody, and the builder in use cannot run a `setup.py`.
    """
    settings = configured.settings
    owners = SetupOwners.parse(settings.build.run_setup_for)
    if not owners.accounts:
        return owners
    name = settings.build.builder
    builder = builders[name]
    if not isinstance(builder, RunsSetup):
        allowed = 'leave the key out, or let [build] builder name a table with use = "docker", or with "bubblewrap" and image'
        raise ConfigError([configured.document.problem(("build", "run_setup_for"), cannot_run_setup(name), allowed)])
    try:
        builder.running_setup()
    except ConfigError as reason:
        (instance,) = (one for one in settings.of("builder") if one.name == name)
        raise ConfigError(list(problems_of(reason, instance, settings))) from reason
    return owners
