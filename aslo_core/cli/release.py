"""`aslo release`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.release_ending import cancel, lift, withdraw
from aslo_core.cli.release_rebuild import rebuild
from aslo_core.cli.release_stream import release_stream
from aslo_core.errors import AsloError

if TYPE_CHECKING:
    from aslo_core.projections.release_tables import ReleaseRow

_MOST = 1_000_000
"""Rows that are listed at most: more than fit into a terminal or, at once, into memory."""
_STATES = ("queued", "working", "waiting", "published", "unchanged", "rejected", "failed", "cancelled", "withdrawn")


@click.group(
    epilog="\b\nExamples:\n  aslo release list --state rejected\n  aslo release show release/github/1296269/1\n"
    '  aslo release withdraw github/1296269/1 --reason "it deletes journals"'
)
def command() -> None:
    """List, retry, rebuild and withdraw releases.

    A release is named by its stream, as `aslo release list` shows it, with or without `release/` in front.
    """


@command.command("list", epilog="\b\nExamples:\n  aslo release list\n  aslo release list --state failed --json")
@click.option("-n", "count", type=click.IntRange(1, _MOST), default=50, show_default=True, help="How many at most.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(_STATES), help="Only those in this state; may be given several times."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def list_(config: Path, count: int, states: tuple[str, ...], as_json: bool) -> None:
    """List the releases that changed last, newest first."""
    import msgspec

    from aslo_core.bootstrap.databases import open_views, time_of_log
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.moment import moment
    from aslo_core.projections import queue, releases

    settings = core_configured(config)
    now = time_of_log(settings)
    with open_views(settings) as views, views.snapshot() as connection:
        rows = releases.newest(connection, count, states=states)
        places = queue.places(connection, [row.stream for row in rows], now)
    if not rows and not as_json:
        click.echo("There are no such releases." if states else "Nothing was released so far.", err=True)
    for row in rows:
        place = places.get(row.stream)
        if as_json:
            click.echo(msgspec.json.encode({**msgspec.structs.asdict(row), "queue": place and place._asdict()}))
        else:
            repository = row.announcement.repository.full_name
            told = f"{repository} {row.announcement.tag}  {row.stream}" + (f"  {place}" if place else "")
            click.echo(f"{moment(row.updated_us)}  {row.state:<10}  {told}")


@command.command(
    epilog="\b\nExamples:\n  aslo release show release/github/1296269/1\n  aslo release show github/1296269/1 --json"
)
@click.argument("stream")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def show(config: Path, stream: str, as_json: bool) -> None:
    """Show where a release stands and what happened.

    Also what its developer was told.
    """
    import msgspec

    from aslo_core.bootstrap.databases import open_views, time_of_log
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.moment import moment
    from aslo_core.plain_text import one_line
    from aslo_core.projections import notices, queue, releases, timeline
    from aslo_core.projections.addresses import rule_path

    stream = release_stream(stream)
    settings = core_configured(config)
    now = time_of_log(settings)
    with open_views(settings) as views, views.snapshot() as connection:
        row = releases.find(connection, stream)
        if row is None:
            raise AsloError(f"no release is known as {stream!r}; `aslo release list` names those that are")
        history = timeline.of_release(connection, stream)
        told = notices.of_release(connection, stream)
        place = queue.places(connection, [stream], now).get(stream)
    rule_url = settings.public_url() + path if (path := rule_path(row.rule)) else ""
    if as_json:
        answer = {
            "release": row,
            "timeline": history,
            "notices": told,
            "rule_url": rule_url,
            "queue": place and place._asdict(),
        }
        click.echo(msgspec.json.encode(answer))
        return
    click.echo(f"{row.announcement.repository.full_name} {row.announcement.tag}: {row.state}")
    if place:
        click.echo(f"  {place}")
    for line in _why(row):
        click.echo(f"  {line}")
    if rule_url:
        click.echo(f"  See {rule_url}")
    for warning in row.warnings:
        click.echo(f"  warning: {one_line(warning)}")
    for entry in history:
        click.echo(f"{moment(entry.recorded_us)}  {entry.sentence}")
    for notice in told:
        outcome = notice.url or notice.error
        click.echo(f"{moment(notice.changed_us)}  {notice.notifier} told {notice.kind}: {notice.state} {outcome}".rstrip())


@command.command(epilog="\b\nExamples:\n  aslo release retry release/github/1296269/1")
@click.argument("stream")
@click.pass_obj
def retry(config: Path, stream: str) -> None:
    """Open a new run of a release that has ended."""
    from aslo_core.bootstrap.databases import open_log
    from aslo_core.bootstrap.intake import make_intake
    from aslo_core.cli.configured import configured
    from aslo_core.cli.serving import who_takes_it_up

    made = configured(config)
    settings, stream = made.settings, release_stream(stream)
    with open_log(settings) as log:
        make_intake(made, log).retry(stream, "operator")
    click.echo(f"{stream}: a new run is open")
    click.echo(who_takes_it_up(settings))


def _why(row: ReleaseRow) -> list[str]:
    if row.rule:
        return [f"{row.found} ({row.rule})", row.cure]
    return [row.reason] if row.reason else []


for _command in (cancel, rebuild, withdraw, lift):
    command.add_command(_command)
