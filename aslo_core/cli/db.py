"""`aslo db`."""

from __future__ import annotations

from pathlib import Path

import click

from aslo_core.errors import AsloError


@click.group(epilog="\b\nExamples:\n  aslo db upgrade")
def command() -> None:
    """Look after the databases."""


@command.command("upgrade", epilog="\b\nExamples:\n  aslo db upgrade")
@click.pass_obj
def upgrade_command(config: Path) -> None:
    """Make the log, or bring its tables to this version of ASLO.

    What is in the log is never changed. Keep a copy of it beforehand, and end `aslo serve`.
    """
    from aslo_core.bootstrap.databases import log_path, make_data_folder
    from aslo_core.bootstrap.serve_lock import ServeLock
    from aslo_core.cli.configured import core_configured
    from aslo_core.log.migrations import is_new, pending, upgrade

    settings = core_configured(config)
    make_data_folder(settings)
    path = log_path(settings)
    new, steps = is_new(path), pending(path)
    holder = ServeLock(settings.data_path).holder()
    if steps and holder is not None:
        raise AsloError(f"`aslo serve` ({holder}) has the log {path} open: end it first, then upgrade")
    upgrade(path)
    done = "made" if new else f"upgraded ({', '.join(steps)})" if steps else "nothing to do"
    click.echo(f"{path}: {done}")
