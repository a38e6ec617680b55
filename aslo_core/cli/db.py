"""`aslo db`."""

from __future__ import annotations

from pathlib import Path

import click

from aslo_core.bootstrap.configuration import configure, log_path
from aslo_core.log.migrations import pending, upgrade


@click.group(epilog="\b\nExamples:\n  aslo db upgrade")
def command() -> None:
    """Look after the databases."""


@command.command("upgrade", epilog="\b\nExamples:\n  aslo db upgrade")
@click.pass_obj
def upgrade_command(config: Path) -> None:
    """Bring the log's tables to this version of ASLO; the log itself is never changed."""
    path = log_path(configure(config).settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    steps = pending(path)
    upgrade(path)
    click.echo(f"{path}: {', '.join(steps) if steps else 'nothing to do'}")
