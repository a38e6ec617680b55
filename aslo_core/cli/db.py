"""`aslo db`."""

from __future__ import annotations

from pathlib import Path

import click

from aslo_core.cli.administrator import administrator, administrators_address
from aslo_core.errors import AsloError

_START_S = 5.0
"""Seconds within which a process that starts has found that there is no log yet, and ended."""


@click.group(epilog="\b\nExamples:\n  aslo db upgrade\n  aslo db rebuild")
def command() -> None:
    """Look after the databases."""


@command.command(
    "upgrade",
    epilog="\b\nExamples:\n  aslo db upgrade\n  aslo db upgrade --as postgresql://postgres@db.example.org/aslo\n"
    "  aslo db upgrade --post-deploy\n"
    "  ASLO_DB_ADMIN=postgresql://postgres@localhost/aslo aslo db upgrade",
)
@administrator
@click.option(
    "--post-deploy", is_flag=True, help="Run also what has to wait until no process of an older ASLO works on the log."
)
@click.pass_obj
def upgrade_command(config: Path, admin: str | None, *, post_deploy: bool) -> None:
    """Make the log, or bring its tables to this version of ASLO.

    What is in the log is never changed. Keep a copy of it beforehand. Processes of the version before may go on meanwhile:
    migrations that they could not work with are run by --post-deploy alone, which refuses as long as there are such processes.

    On PostgreSQL this also makes the role that the log belongs to, which nobody can log in as, and lets the role of
    data.log_url read the log and append to it.
    """
    from aslo_core.bootstrap.databases import is_first_log, log_where, make_data_folder
    from aslo_core.bootstrap.serve_lock import ServeLock
    from aslo_core.cli.configured import core_configured
    from aslo_core.log.migrations import finish, unfinished, upgrade
    from aslo_core.log.opening import database_at

    settings = core_configured(config)
    make_data_folder(settings)
    where = log_where(settings)
    name = database_at(where).name
    new = is_first_log(settings)
    if new and (holder := ServeLock(settings.data_path).holder(_START_S)) is not None:
        raise AsloError(f"`aslo serve` ({holder}) has the log {name} open, which is gone: end it first, then upgrade")
    steps = (finish if new or post_deploy else upgrade)(where, administrators_address(admin, where))
    done = "made" if new else f"upgraded ({', '.join(steps)})" if steps else "nothing to do"
    click.echo(f"{name}: {done}")
    if left := unfinished(where):
        click.echo(f"left for `aslo db upgrade --post-deploy`, once no older ASLO works on it: {', '.join(left)}")


@command.command(epilog="\b\nExamples:\n  aslo db rebuild")
@click.pass_obj
def rebuild(config: Path) -> None:
    """Make the read models anew from the log.

    Those in use stay as they are, and can be read, until the new ones take their place at once; `aslo serve` may run. An
    event that cannot be applied ends it, and nothing is changed.
    """
    from aslo_core.bootstrap.databases import open_log, open_projector, views_path
    from aslo_core.cli.configured import core_configured

    settings = core_configured(config)
    with open_log(settings) as log, open_projector(settings, log) as projector:
        reached = projector.rebuild()
    click.echo(f"{views_path(settings)}: made anew, up to position {reached}")
