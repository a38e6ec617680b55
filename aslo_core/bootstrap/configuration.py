"""From `aslo.toml` to an installation: the settings, its plugins, its databases."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aslo_core.config import Settings, read, validate
from aslo_core.errors import AsloError
from aslo_core.log import EventLog
from aslo_core.log.migrations import pending, upgrade
from aslo_core.plugins import Plugins, load, used
from aslo_core.projections import PROJECTIONS
from aslo_core.projections.engine import Projector
from aslo_core.projections.views import Views
from aslo_core.release.intake import InForce, Intake


@dataclass(frozen=True)
class Configured:
    """A configuration that is valid, and the plugins that it uses."""

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
    return Configured(settings=settings, plugins=plugins)


def log_path(settings: Settings) -> Path:
    """Where the log lies: what cannot be made again."""
    return settings.data_path / "log.db"


def views_path(settings: Settings) -> Path:
    """Where everything derived from the log lies; it can be removed at any time."""
    return settings.data_path / "views.db"


@contextmanager
def open_log(settings: Settings) -> Iterator[EventLog]:
    """Open the log of an installation, and close it afterwards.

    Raises:
        AsloError: there is none yet, or it needs `aslo db upgrade`.
    """
    path = log_path(settings)
    if not path.exists():
        raise AsloError(f"there is no log at {path} yet: `aslo serve` or `aslo db upgrade` makes it")
    log = EventLog.open(path)
    try:
        yield log
    finally:
        log.close()


def make_log(settings: Settings) -> None:
    """Make the log where there is none yet.

    Raises:
        AsloError: there is one that needs `aslo db upgrade`.
    """
    path = log_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        upgrade(path)
    elif steps := pending(path):
        raise AsloError(f"{path} needs {len(steps)} migrations ({', '.join(steps)}): run `aslo db upgrade` first")


@contextmanager
def open_views(settings: Settings) -> Iterator[Views]:
    """Open the read models, after bringing them up to date with the log."""
    with open_log(settings) as log:
        projector = Projector(views_path(settings), log, PROJECTIONS)
        projector.catch_up()
        projector.close()
    views = Views(views_path(settings))
    try:
        yield views
    finally:
        views.close()


def in_force(settings: Settings) -> InForce:
    """Name the instances that a new run uses."""
    return InForce(
        builder=settings.build.builder,
        notifiers=tuple(instance.name for instance in settings.of("notifier")),
        storages=tuple(instance.name for instance in settings.of("storage")),
    )


def make_intake(settings: Settings, log: EventLog) -> Intake:
    """Make what records deliveries."""
    return Intake(log, in_force(settings))
