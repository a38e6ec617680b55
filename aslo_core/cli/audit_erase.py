"""`aslo audit erase`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.reason import reason_option
from aslo_core.errors import AsloError

if TYPE_CHECKING:
    from aslo_core.config import CoreSettings
    from aslo_core.events import Recorded
    from aslo_core.log import EventLog

_KEPT_ELSEWHERE = (
    "Not touched: copies of the log that were made before (make a new backup, and remove the old ones), output of builds,"
    " bundles on storages, comments on the code host."
)


@click.command(
    epilog='\b\nExamples:\n  aslo audit erase 17 --reason "asked for by the person concerned"\n'
    '  aslo audit erase 0193c5d0-6f2a-7cc1-b6a8-3d1f0a5e7c42 --reason "a court\'s order" --yes'
)
@click.argument("event")
@reason_option("Why, without names: it stays in the log for good.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def erase(config: Path, event: str, reason: str, yes: bool, as_json: bool) -> None:
    """Erase the body of an event for good.

    EVENT is its position or its id. The body goes, with the salt of its hash; place, time, stream, actor and hash stay, and a
    new event records that it was erased, and why. What the rules rest on, such as the owner of a bundle id, is restated
    beforehand without personal data.
    """
    import msgspec

    from aslo_core.bootstrap.databases import open_log
    from aslo_core.cli.configured import core_configured
    from aslo_core.events import Cause
    from aslo_core.release.erasure import erase as erase_body
    from aslo_core.release.recordable import recordable

    settings = core_configured(config)
    with open_log(settings) as log:
        before = _found(log, event)
        done = before.event is not None
        if done:
            if not yes:
                _ask(before)
            erase_body(log, before, recordable(reason), Cause(source="operator", actor="operator"))
        record = next(iter(log.read(f"erasure/{before.id}")))
    if as_json:
        row = {"erased": done, "position": before.position, "id": before.id, "stream": before.stream}
        click.echo(msgspec.json.encode(row | {"recorded_by": record.position}))
    else:
        _tell(before, record, done=done)
    if done:
        pages = _pages_follow(settings)
        click.echo(f"{pages}\n{_KEPT_ELSEWHERE}", err=as_json)


def _found(log: EventLog, named: str) -> Recorded:
    from aslo_core.cli.log import find

    found = [] if "/" in named else find(log, named)
    if not found:
        raise AsloError(f"the log holds no event {named!a}: give a position or an id; `aslo audit history` names both")
    return found[0]


def _ask(recorded: Recorded) -> None:
    from aslo_core.audit.history import Happened
    from aslo_core.cli.audit_history import said
    from aslo_core.cli.moment import moment

    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask at: add --yes to erase the body without being asked")
    click.echo(f"{recorded.position}  {moment(recorded.recorded_us)}  {_name(recorded)}", err=True)
    click.echo(f"  {said(Happened(recorded, None, None, None))}", err=True)
    click.confirm("Its body will be gone for good. Erase it?", abort=True, err=True)


def _name(recorded: Recorded) -> str:
    return f"{recorded.type} ({recorded.stream}@{recorded.version})"


def _tell(before: Recorded, record: Recorded, *, done: bool) -> None:
    from aslo_core.cli.moment import moment
    from aslo_core.events import BodyErased
    from aslo_core.plain_text import one_line

    if done:
        click.echo(f"Erased: the body of event {before.position}, {_name(before)}.")
        click.echo(
            "What stays: its place, time, stream, actor and hash;"
            f" and event {record.position}, which records the erasure and your reason."
        )
        return
    reason = one_line(record.event.reason) if isinstance(record.event, BodyErased) else ""
    when = f"on {moment(record.recorded_us)} UTC, by event {record.position}"
    click.echo(f"The body of event {before.position} was erased before, {when}: {reason}\nNothing was changed.")


def _pages_follow(settings: CoreSettings) -> str:
    """Have the read models made again without the body where nobody else does; tell who did."""
    from aslo_core.bootstrap.databases import open_views, views_path
    from aslo_core.bootstrap.serve_lock import ServeLock

    holder = ServeLock(settings.data_path).holder()
    if holder is not None:
        return f"The running `aslo serve` ({holder}) makes its pages again without it, at once."
    if views_path(settings).exists():
        with open_views(settings):
            pass
    return "The pages are made again without it."
