"""`aslo audit verify`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.errors import AsloError

if TYPE_CHECKING:
    from aslo_core.log.verify import Report


@click.command(
    epilog="\b\nExamples:\n  aslo audit verify\n  aslo audit verify /backup/log.db     a copy; needs no aslo.toml\n"
    "  aslo audit verify --json"
)
@click.argument("copy", metavar="[LOG]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def verify(config: Path, copy: Path | None, as_json: bool) -> None:
    """Recompute every hash of the log and check its guards.

    Reads each event and body, their order, and what keeps them from being changed; writes nothing, and may run beside
    `aslo serve`. Says where the log ends and with which hash: compare these with what another auditor noted. Ends with 1 when
    anything is wrong.
    """
    import msgspec

    from aslo_core.bootstrap.databases import log_where
    from aslo_core.cli.configured import core_configured, only_warnings
    from aslo_core.log.opening import database_at
    from aslo_core.log.verify import verify as verified

    only_warnings()
    where = copy or log_where(core_configured(config))
    name = database_at(where).name
    if isinstance(where, Path) and not where.exists():
        raise AsloError(f"there is no log at {where}")
    with _under_way(name):
        report = verified(where)
    if as_json:
        click.echo(msgspec.json.encode(_row(report)))
    else:
        _print(report, name)
    if report.faults:
        raise click.exceptions.Exit(1)


def _under_way(name: str) -> AbstractContextManager[object]:
    """Show at a terminal that something is being done: a log of millions of events takes minutes."""
    from rich.console import Console

    return Console(stderr=True).status(f"Checking every event of {name}")


def _print(report: Report, name: str) -> None:
    from aslo_core.plain_text import one_line

    for fault in report.faults:
        where = "the whole" if fault.position is None else f"position {fault.position}"
        click.echo(f"{where}: {one_line(fault.found)}")
    erased = f", {report.erased:,} of them with an erased body" if report.erased else ""
    faults = _count(len(report.faults), "fault") if report.faults else "no fault"
    click.echo(f"{name}: {_count(report.events, 'event')}{erased}; {faults}.")
    if report.leaf:
        click.echo(f"The last event is at position {report.head}, its leaf is {report.leaf}.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _row(report: Report) -> dict[str, object]:
    return {
        "ok": not report.faults,
        "events": report.events,
        "erased": report.erased,
        "head": report.head,
        "leaf": report.leaf,
        "faults": report.faults,
    }
