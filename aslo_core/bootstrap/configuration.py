"""From `aslo.toml` to settings and the plugins in use."""

from __future__ import annotations

import os
from collections.abc import Mapping
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


def configure(path: Path, environ: Mapping[str, str] | None = None) -> Configured:
    """Read and check a configuration, and import the plugins that it uses.

    Args:
        path: the file.
        environ: the environment for `${VARIABLE}`; this process's when None.

    Raises:
        ConfigError: with every problem.
    """
    document = read(path.absolute())
    plugins = load(used(document))
    settings = validate(document, plugins.options(), os.environ if environ is None else environ, plugins.missing)
    return Configured(document=document, settings=settings, plugins=plugins)


def configure_core(path: Path, environ: Mapping[str, str] | None = None) -> CoreSettings:
    """Read and check the core's own tables alone: enough to read the log, also when a plugin is broken. Imports no plugin.

    Args:
        path: the file.
        environ: the environment for `${VARIABLE}`; this process's when None.

    Raises:
        ConfigError: with every problem in those tables.
    """
    return validate_core(read(path.absolute()), os.environ if environ is None else environ)
