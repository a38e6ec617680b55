"""`aslo log`."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from aslo_core import events as e
from aslo_core.bootstrap.configuration import configure, open_log
from aslo_core.errors import AsloError


@click.group(epilog="\b\nExamples:\n  aslo log tail -n 20\n  aslo log show 17")
def command() -> None:
    """Read the event log. Nothing here ever writes to it."""


@command.command(epilog="\b\nExamples:\n  aslo log tail\n  aslo log tail -n 100 --json\n  aslo log tail --follow")
@click.option("-n", "count", type=click.IntRange(0), default=20, show_default=True, help="How many of the newest events.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until interrupted.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def tail(config: Path, count: int, follow: bool, as_json: bool) -> None:
    """Show the newest events."""
    with open_log(configure(config).settings) as log:
        after = log.head() - count
        stream = log.tail(after, threading.Event()) if follow else log.read_all(after)
        _print(stream, as_json)


@command.command(epilog="\b\nExamples:\n  aslo log show 17\n  aslo log show release/github/1/2 --json")
@click.argument("what")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def show(config: Path, what: str, as_json: bool) -> None:
    """Show one event by its position or id, or a whole stream by its name."""
    with open_log(configure(config).settings) as log:
        found: Iterable[e.Recorded]
        if what.isdecimal():
            found = list(log.read_all(int(what) - 1, limit=1))
        elif "/" in what:
            found = list(log.read(what))
        else:
            event = log.find(what)
            found = [event] if event else []
        if not found:
            raise AsloError(f"the log holds nothing as {what!r}: give a position, an event's id, or a stream's name")
        _print(found, as_json, whole=True)


def _print(events: Iterable[e.Recorded], as_json: bool, whole: bool = False) -> None:
    for recorded in events:
        if as_json:
            click.echo(msgspec.json.encode(_row(recorded)))
            continue
        moment = datetime.fromtimestamp(recorded.recorded_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")
        kind = recorded.event.event_name if recorded.event else "(erased)"
        click.echo(f"{recorded.position:>7}  {moment}  {kind:<20}  {recorded.stream}@{recorded.version}")
        if whole and recorded.event is not None:
            click.echo(msgspec.json.format(e.encode(recorded.event), indent=2).decode())


def _row(recorded: e.Recorded) -> dict[str, object]:
    return {
        "position": recorded.position,
        "id": recorded.id,
        "stream": recorded.stream,
        "version": recorded.version,
        "recorded_us": recorded.recorded_us,
        "type": recorded.event.event_name if recorded.event else None,
        "cause": recorded.cause,
        "key": recorded.key,
        "event": recorded.event,
    }
