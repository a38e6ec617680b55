"""`aslo submit`."""

from __future__ import annotations

import getpass
import threading
from pathlib import Path

import click
import msgspec
import uuid_utils

from aslo_core import events as e
from aslo_core.bootstrap.configuration import configure, make_intake, make_log, open_log
from aslo_core.bootstrap.instances import create
from aslo_core.errors import AsloError
from aslo_core.log import EventLog
from aslo_core.types import Announced, Person, Submittable

_GOOD = (e.ReleasePublished, e.ReleaseUnchanged)
_BAD = (e.ReleaseRejected, e.ReleaseFailed, e.ReleaseCancelled, e.ReleaseWithdrawn)


@click.command(
    epilog="\b\nExamples:\n  aslo submit https://example.org/maze-activity.git v29\n"
    "  aslo submit --source github sugarlabs/maze-activity v29 --wait"
)
@click.argument("address")
@click.argument("tag")
@click.option("--source", "name", default="git", show_default=True, help="Name of the [source.NAME] to fetch it from.")
@click.option("--wait", is_flag=True, help="Wait for the end and show what happens; end with 1 unless it is published.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON objects, one on each line.")
@click.pass_obj
def command(config: Path, address: str, tag: str, name: str, wait: bool, as_json: bool) -> None:
    """Release the TAG of the repository at ADDRESS by hand. A running `aslo serve` takes it up at once."""
    configured = configure(config)
    settings = configured.settings
    source = create(settings, configured.plugins, settings.public_url())["source"].get(name)
    if source is None:
        enabled = ", ".join(instance.name for instance in settings.of("source"))
        raise AsloError(f"no source named {name!r} is enabled in {config}; enabled: {enabled}")
    if not isinstance(source, Submittable):
        raise AsloError(f"source {name!r} takes webhooks only, nothing by hand")
    announcement = source.announce(address, tag, Person(login=getpass.getuser()))
    make_log(settings)
    with open_log(settings) as log:
        before = log.head()
        announced = Announced(str(uuid_utils.uuid7()), "submitted", announcement)
        receipt = make_intake(settings, log).receive(name, announced, b"")
        if as_json:
            click.echo(msgspec.json.encode(receipt))
        else:
            click.echo(f"{receipt.decision}: {receipt.release or receipt.reason}")
        if receipt.decision != "accepted":
            raise click.exceptions.Exit(1)
        if wait and not _follow(log, announcement.stream, before, as_json):
            raise click.exceptions.Exit(1)


def _follow(log: EventLog, stream: str, after: int, as_json: bool) -> bool:
    """Show the events of a release until its run ends; tell whether it ended well."""
    for recorded in log.tail(after, threading.Event()):
        event = recorded.event
        if recorded.stream != stream or event is None:
            continue
        if as_json:
            click.echo(msgspec.json.encode({"type": event.event_name, "event": event}))
        else:
            click.echo(f"  {event.event_name}")
        if isinstance(event, _BAD):
            click.echo(_why(event), err=True)
        if isinstance(event, (*_GOOD, *_BAD)):
            return isinstance(event, _GOOD)
    return False


def _why(event: e.Event) -> str:
    match event:
        case e.ReleaseRejected(rule=rule, found=found, cure=cure):
            return f"{rule}: {found} {cure}"
        case e.ReleaseFailed(reason=reason) | e.ReleaseCancelled(reason=reason) | e.ReleaseWithdrawn(reason=reason):
            return reason
        case _:
            return ""
