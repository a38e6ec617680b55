"""`aslo audit replay`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.audit.differences import RowDifference
    from aslo_core.audit.replayed import Replayed, ReplayedProjection


@click.command(
    epilog="\b\nExamples:\n  aslo audit replay\n  aslo audit replay --until 1500\n"
    "  aslo audit replay --until 2026-11-22T13:30+01:00 --json"
)
@click.option(
    "--until",
    metavar="POSITION|TIME",
    help="Apply the events up to this one, or recorded up to this time (ISO 8601; UTC where it names no offset).",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def replay(config: Path, until: str | None, as_json: bool) -> None:
    """Make every read model anew from the log and compare.

    Reads the log from its first event, beside the read models in use, which stay as they are; nobody is told anything and
    nothing is stored. Shows which rows of those in use are not what the log says. An earlier --until prints digests alone:
    there is nothing to compare them with. A body that was erased since is not there for any replay.

    Ends with 0 when all are the same or nothing could be compared, 1 when one differs or goes on without an event that it
    could not apply.
    """
    from contextlib import closing

    import msgspec

    from aslo_core.audit.replay import replay as replayed
    from aslo_core.audit.until import position_until
    from aslo_core.bootstrap.databases import open_log, views_path
    from aslo_core.cli.configured import core_configured
    from aslo_core.projections import PROJECTIONS
    from aslo_core.projections.views import Views

    settings = core_configured(config)
    with open_log(settings) as log, closing(Views(views_path(settings))) as views, _progress() as progress:
        last = None if until is None else position_until(log, until)
        found = replayed(log, views, PROJECTIONS, settings.data_path, until=last, progress=progress)
    if as_json:
        click.echo(msgspec.json.encode({"ok": found.ok, "replayed": found}))
    else:
        _print(found)
    if not found.ok:
        raise click.exceptions.Exit(1)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal, with the rate and the time that is left; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _position, _last: None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]:,.0f} events/s"), TimeRemainingColumn())
    begun = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replay", total=None, rate=0.0)

        def show(position: int, last: int) -> None:
            rate = (position + 1) / (time.monotonic() - begun)
            bar.update(task, completed=position + 1, total=last + 1, rate=rate)

        yield show


def _print(found: Replayed) -> None:
    rate = found.events / found.seconds if found.seconds else 0
    click.echo(f"{found.events:,} events up to position {found.position} in {found.seconds:g} s ({rate:,.0f} events/s)")
    for one in found.projections:
        click.echo(f"  {one.name:<12}  {one.verdict:<12}  {one.rows:>9,} rows  {one.digest}")
        for line in _details(one):
            click.echo(f"    {line}")
    if found.not_compared:
        click.echo(f"Not compared: {found.not_compared}.")
    if found.hint:
        click.echo(f"Perhaps: {found.hint}.")


def _details(one: ReplayedProjection) -> Iterator[str]:
    if one.parked:
        positions = ", ".join(str(position) for position in one.parked)
        yield f"goes on without {len(one.parked)} events that it could not apply, at {positions}"
    for table in one.tables:
        yield f"table {table.table}: {table.rows:,} rows differ"
        for row in table.first:
            yield f"  {_words(row)}"
            for column in row.columns:
                yield f"    {column.column}: in use {column.in_use!r}, replayed {column.replayed!r}"


def _words(row: RowDifference) -> str:
    key = ", ".join(str(part) for part in row.key)
    return {"missing": f"{key}: not in use", "surplus": f"{key}: in use, but not of the log", "changed": key}[row.how]
