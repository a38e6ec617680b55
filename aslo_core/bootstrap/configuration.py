"""From `aslo.toml` to settings and the plugins in use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from aslo_core.config import CoreSettings, Document, Settings, read, validate, validate_core
from aslo_core.plugins import Plugins, load, used


@dataclass(frozen=True)
class Configured:
    """A configuration that is valid, the file that it stands in, and the plugins that it uses."""

    document: Document
    settings: Settings
    plugins: Plugins


def configure(path: Path) -> Configured:
    """Read and check a configuration, and import the plugins that it uses. `${VARIABLE}` is of this process's environment.

    Raises:
        ConfigError: with every problem.
    """
    document = read(path.absolute())
    plugins = load(used(document))
    settings = validate(document, plugins.options(), os.environ, plugins.missing)
    return Configured(document=document, settings=settings, plugins=plugins)


def configure_core(path: Path) -> CoreSettings:
    """Read and check the core's own tables alone: enough to read the log, also when a plugin is broken. Imports no plugin.

    Raises:
        ConfigError: with every problem in those tables.
    """
    return validate_core(read(path.absolute()), os.environ)
