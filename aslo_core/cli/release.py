"""`aslo release`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from aslo_core.bootstrap.configuration import configure, make_intake, open_log, open_views
from aslo_core.errors import AsloError
from aslo_core.projections import notices, releases, timeline
from aslo_core.projections.release_tables import ReleaseRow


@click.group(epilog="\b\nExamples:\n  aslo release list --state rejected\n  aslo release show release/github/1296269/1")
def command() -> None:
    """List, show and retry releases. A release is named by its stream, with or without `release/` in front."""


@command.command("list", epilog="\b\nExamples:\n  aslo release list\n  aslo release list --state failed --json")
@click.option("-n", "count", type=click.IntRange(1), default=50, show_default=True, help="How many at most.")
@click.option("--state", "states", multiple=True, help="Only those in this state; may be given several times.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def list_(config: Path, count: int, states: tuple[str, ...], as_json: bool) -> None:
    """List the releases that changed last, newest first."""
    with open_views(configure(config).settings) as views, views.snapshot() as connection:
        rows = releases.newest(connection, count, states=states)
    for row in rows:
        if as_json:
            click.echo(msgspec.json.encode(row))
        else:
            repository = row.announcement.repository.full_name
            click.echo(f"{_moment(row.updated_us)}  {row.state:<10}  {repository} {row.announcement.tag}  {row.stream}")


@command.command(
    epilog="\b\nExamples:\n  aslo release show release/github/1296269/1\n  aslo release show github/1296269/1 --json"
)
@click.argument("stream")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def show(config: Path, stream: str, as_json: bool) -> None:
    """Show where a release stands, what happened, and what its developer was told."""
    stream = _stream(stream)
    with open_views(configure(config).settings) as views, views.snapshot() as connection:
        row = releases.find(connection, stream)
        if row is None:
            raise AsloError(f"no release is known as {stream!r}; `aslo release list` names those that are")
        history = timeline.of_release(connection, stream)
        told = notices.of_release(connection, stream)
    if as_json:
        click.echo(msgspec.json.encode({"release": row, "timeline": history, "notices": told}))
        return
    click.echo(f"{row.announcement.repository.full_name} {row.announcement.tag}: {row.state}")
    for line in _why(row):
        click.echo(f"  {line}")
    for entry in history:
        click.echo(f"{_moment(entry.recorded_us)}  {entry.sentence}")
    for notice in told:
        outcome = notice.url or notice.error
        click.echo(f"{_moment(notice.changed_us)}  {notice.notifier} told {notice.kind}: {notice.state} {outcome}".rstrip())


@command.command(epilog="\b\nExamples:\n  aslo release retry release/github/1296269/1")
@click.argument("stream")
@click.pass_obj
def retry(config: Path, stream: str) -> None:
    """Open a new run of a release that has ended. A running `aslo serve` takes it up at once."""
    settings = configure(config).settings
    with open_log(settings) as log:
        make_intake(settings, log).retry(_stream(stream), "operator")
    click.echo(f"{_stream(stream)}: a new run is open")


def _stream(named: str) -> str:
    return named if named.startswith("release/") else f"release/{named}"


def _why(row: ReleaseRow) -> list[str]:
    if row.rule:
        return [f"{row.found} ({row.rule})", row.cure]
    return [row.reason] if row.reason else []


def _moment(recorded_us: int) -> str:
    return datetime.fromtimestamp(recorded_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")
