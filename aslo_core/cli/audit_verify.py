"""`aslo audit verify`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.audit.verification import Verified


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

    from aslo_core.audit.verification import verified
    from aslo_core.bootstrap.databases import log_path
    from aslo_core.cli.configured import core_configured, only_warnings

    only_warnings()
    path = copy or log_path(core_configured(config))
    with _under_way(path):
        found = verified(path)
    if as_json:
        click.echo(msgspec.json.encode(_row(found)))
    else:
        _print(found, path)
    if found.report.faults:
        raise click.exceptions.Exit(1)


def _under_way(path: Path) -> AbstractContextManager[object]:
    """Show at a terminal that something is being done: a log of millions of events takes minutes."""
    from rich.console import Console

    return Console(stderr=True).status(f"Checking every event of {path}")


def _print(found: Verified, path: Path) -> None:
    from aslo_core.bundle.plain_text import one_line

    report = found.report
    for fault in report.faults:
        where = "the file" if fault.position is None else f"position {fault.position}"
        click.echo(f"{where}: {one_line(fault.found)}")
    erased = f", {report.erased:,} of them with an erased body" if report.erased else ""
    faults = _count(len(report.faults), "fault") if report.faults else "no fault"
    click.echo(f"{path}: {_count(report.events, 'event')}{erased}; {faults}.")
    if found.leaf:
        click.echo(f"The last event is at position {found.head}, its leaf is {found.leaf}.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _row(found: Verified) -> dict[str, object]:
    report = found.report
    return {
        "ok": not report.faults,
        "events": report.events,
        "erased": report.erased,
        "head": found.head,
        "leaf": found.leaf,
        "faults": report.faults,
    }
