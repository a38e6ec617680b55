"""`aslo release rebuild`."""

from __future__ import annotations

from pathlib import Path

import click

_STATES = ("failed", "rejected", "cancelled")


@click.command(
    epilog="\b\nExamples:\n  aslo release rebuild --dry-run\n"
    "  aslo release rebuild --state rejected --rule bundle.icon-missing\n"
    "  aslo release rebuild --state failed --state cancelled --owner github:sugarlabs"
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(_STATES),
    default=("failed",),
    show_default=True,
    help="Those that ended so; may be given several times.",
)
@click.option("--rule", default="", help="Only those that were refused for this, as in bundle.icon-missing.")
@click.option("--owner", default="", help="Only those of this account of a source, as in github:sugarlabs.")
@click.option("--dry-run", is_flag=True, help="Only list them.")
@click.pass_obj
def rebuild(config: Path, states: tuple[str, ...], rule: str, owner: str, dry_run: bool) -> None:
    """Open a new run of all releases that ended in vain.

    For after what hindered them is mended: a builder's image, a rule, a storage. Everything else in the queue goes before them.
    Each developer is told anew what comes of it.
    """
    from aslo_core.bootstrap.databases import open_log, open_views
    from aslo_core.bootstrap.intake import make_intake
    from aslo_core.cli.configured import configured
    from aslo_core.cli.serving import who_takes_it_up
    from aslo_core.projections import releases
    from aslo_core.release.decide import NotNow

    made = configured(config)
    with open_views(made.settings) as views, views.snapshot() as connection:
        rows = releases.that_ended(connection, states, rule=rule, owner=owner)
    if not rows:
        click.echo("There are no such releases.", err=True)
        return
    opened = 0
    with open_log(made.settings) as log:
        intake = make_intake(made, log)
        for row in rows:
            told = f"{row.announcement.repository.full_name} {row.announcement.tag}  {row.stream}"
            if dry_run:
                click.echo(f"{row.state:<10}  {told}  {row.rule}".rstrip())
                continue
            try:
                intake.retry(row.stream, "operator", "rebuild")
            except NotNow as reason:
                click.echo(f"left        {told}: {reason}")
            else:
                opened += 1
                click.echo(f"opened      {told}")
    if opened:
        click.echo(who_takes_it_up(made.settings))
