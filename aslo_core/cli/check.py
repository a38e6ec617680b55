"""`aslo check`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

import click

from aslo_core.errors import ConfigError

if TYPE_CHECKING:
    from aslo_core.bootstrap.check import Report
    from aslo_core.probing.rows import ProbeRow
    from aslo_core.probing.side_by_side import Probing
    from aslo_core.types import ProbeVerdict

_COLOURS: Mapping[ProbeVerdict, str] = MappingProxyType({"good": "green", "bad": "red", "unknown": "yellow"})


@click.command(
    epilog="\b\nExamples:\n  aslo check\n  aslo -c /etc/aslo/aslo.toml check --json\n"
    "  aslo check --probe            ask every peer, too\n"
    "  aslo check --notice mail      and send a test notice through [notifier.mail]"
)
@click.option("--probe", is_flag=True, help="Also try every storage, builder, source and notifier.")
@click.option("--notice", "notices", metavar="NAME", multiple=True, help="Send a test notice by this notifier; with --probe.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def command(config: Path, probe: bool, notices: tuple[str, ...], as_json: bool) -> None:
    """Check the configuration.

    Tells every problem at once, each with its line, and whether this machine has what the enabled tables need: a git program
    that is new enough, and which isolation builds get. Ends with 2 when there is a problem; a warning is none.

    With --probe everything is asked that the tables name: an object is written to each storage, read back and removed, a small
    activity is built by each builder, code hosts say what the account may do and whether a webhook points here. Nothing is
    left behind. `unknown` is what cannot be told from here. Ends with 1 when something is bad.
    """
    import msgspec

    from aslo_core.bootstrap.check import check
    from aslo_core.cli.configured import only_warnings

    only_warnings()
    given_up = False
    try:
        report = check(config)
        if probe or notices:
            probed = _probed(config, notices)
            report, given_up = report.with_probes(probed.rows), probed.given_up
    except ConfigError as reasons:
        if not as_json:
            raise
        click.echo(msgspec.json.encode({"ok": False, "problems": reasons.problems}))
        raise click.exceptions.Exit(2) from None
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        print_report(report, config)
    if given_up:
        _end_at_once()
    if not report.ok:
        raise click.exceptions.Exit(1)


def _probed(config: Path, notices: tuple[str, ...]) -> Probing:
    from aslo_core.bootstrap.probe import NoSuchNotifier, probe

    try:
        return probe(config, notices)
    except NoSuchNotifier as reason:
        raise click.BadParameter(str(reason), param_hint="--notice") from None


def _end_at_once() -> NoReturn:
    """End although a probe goes on: libraries that it uses may have threads of their own, which an orderly end waits for."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def print_report(report: Report, config: Path) -> None:
    """Print what a check has found."""
    for warning in report.warnings:
        click.echo(f"warning: {warning}")
    click.echo(f"{config}: all is well{' but for the above' if report.warnings else ''}.")
    for instance in report.instances:
        table = f"[{instance.kind}.{instance.name}]"
        click.echo(f"  {table:<20}  {instance.use:<12}  {instance.distribution}")
        if instance.isolation is not None:
            click.echo(f"  {'':<20}  isolation of builds: {instance.isolation.level} ({instance.isolation.detail})")
    click.echo(f"  git {report.git or 'is not installed, and no enabled table needs it'}")
    if report.probes:
        _print_probes(report.probes)


def _print_probes(rows: Sequence[ProbeRow]) -> None:
    tables = max(len(row.table) for row in rows) + 2
    whats = max(len(row.what) for row in rows)
    click.echo()
    for row in rows:
        verdict = click.style(f"{row.verdict:<7}", fg=_COLOURS[row.verdict])
        click.echo(f"{verdict}  {f'[{row.table}]':<{tables}}  {row.what:<{whats}}  {row.found}")
        if row.cure:
            click.echo(f"{'':<7}  {'':<{tables}}  {'':<{whats}}  {row.cure}")
    counted = Counter(row.verdict for row in rows)
    click.echo(", ".join(f"{counted[verdict]} {verdict}" for verdict in _COLOURS))
