"""`aslo check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.errors import ConfigError

if TYPE_CHECKING:
    from aslo_core.bootstrap.check import Report


@click.command(epilog="\b\nExamples:\n  aslo check\n  aslo -c /etc/aslo/aslo.toml check --json")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def command(config: Path, as_json: bool) -> None:
    """Check the configuration.

    Tells every problem at once, each with its line, and whether this machine has what the enabled tables need: a git program
    that is new enough, and which isolation builds get. Ends with 2 when there is a problem; a warning is none.
    """
    import msgspec

    from aslo_core.bootstrap.check import check
    from aslo_core.cli.configured import only_warnings

    only_warnings()
    try:
        report = check(config)
    except ConfigError as reasons:
        if not as_json:
            raise
        click.echo(msgspec.json.encode({"ok": False, "problems": reasons.problems}))
        raise click.exceptions.Exit(2) from None
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _print(report, config)


def _print(report: Report, config: Path) -> None:
    for warning in report.warnings:
        click.echo(f"warning: {warning}")
    click.echo(f"{config}: all is well{' but for the above' if report.warnings else ''}.")
    for instance in report.instances:
        table = f"[{instance.kind}.{instance.name}]"
        click.echo(f"  {table:<20}  {instance.use:<12}  {instance.distribution}")
        if instance.isolation is not None:
            click.echo(f"  {'':<20}  isolation of builds: {instance.isolation.level} ({instance.isolation.detail})")
    click.echo(f"  git {report.git or 'is not installed, and no enabled table needs it'}")
