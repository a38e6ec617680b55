"""`aslo log`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.log_export import export
from aslo_core.cli.log_import import import_command
from aslo_core.errors import AsloError

if TYPE_CHECKING:
    from aslo_core.events import Recorded
    from aslo_core.log import EventLog

_POSITION_DIGITS = 18
"""What fits a position; more digits name nothing."""
_MOST = 10**_POSITION_DIGITS - 1
"""As many events as there can be."""


@click.group(epilog="\b\nExamples:\n  aslo log tail -n 20\n  aslo log show 17\n  aslo log export /backup/log.jsonl")
def command() -> None:
    """Read the event log, write it out, and make one of that. Nothing here ever writes to a log that holds an event."""


command.add_command(export)
command.add_command(import_command)


@command.command(epilog="\b\nExamples:\n  aslo log tail\n  aslo log tail -n 100 --json\n  aslo log tail --follow")
@click.option(
    "-n", "count", type=click.IntRange(0, _MOST), default=20, show_default=True, help="How many of the newest events."
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until interrupted.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def tail(config: Path, count: int, follow: bool, as_json: bool) -> None:
    """Show the newest events."""
    import threading

    from aslo_core.bootstrap.databases import open_log
    from aslo_core.cli.configured import core_configured

    with open_log(core_configured(config)) as log:
        head = log.head()
        after = max(head - count, -1)
        if head < 0 and not as_json:
            click.echo("The log is empty so far.", err=True)
        _print(log.tail(after, threading.Event()) if follow else log.read_all(after), as_json)


@command.command(epilog="\b\nExamples:\n  aslo log show 17\n  aslo log show release/github/1/2 --json")
@click.argument("what")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def show(config: Path, what: str, as_json: bool) -> None:
    """Show one event by its position or id, or a whole stream.

    WHAT is a position (the number that `aslo log tail` begins a line with), an event's id, or a stream's name.
    """
    from aslo_core.bootstrap.databases import open_log
    from aslo_core.cli.configured import core_configured

    with open_log(core_configured(config)) as log:
        found = find(log, what)
        if not found:
            raise AsloError(f"the log holds nothing as {what!r}: give a position, an event's id, or a stream's name")
        _print(found, as_json, whole=True)


def find(log: EventLog, what: str) -> list[Recorded]:
    """Find the event at a position or with an id, or all events of a stream."""
    if what.isascii() and what.isdecimal() and len(what) <= _POSITION_DIGITS:
        return list(log.read_all(int(what) - 1, limit=1))
    if "/" in what:
        return list(log.read(what))
    event = log.find(what)
    return [event] if event else []


def _print(events: Iterable[Recorded], as_json: bool, whole: bool = False) -> None:
    import msgspec

    from aslo_core.cli.moment import moment
    from aslo_core.cli.recorded_row import recorded_row
    from aslo_core.events import encode

    for recorded in events:
        if as_json:
            click.echo(msgspec.json.encode(recorded_row(recorded)))
            continue
        kind = recorded.type if recorded.event else f"{recorded.type} (erased)"
        click.echo(f"{recorded.position:>7}  {moment(recorded.recorded_us)}  {kind:<20}  {recorded.stream}@{recorded.version}")
        if whole and recorded.event is not None:
            click.echo(msgspec.json.format(encode(recorded.event), indent=2).decode())
