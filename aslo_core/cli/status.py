"""`aslo status`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.bootstrap.standing import Queue, Standing
    from aslo_core.projections.waits import PeerFailing


@click.command(epilog="\b\nExamples:\n  aslo status\n  aslo status --json\n  aslo status >/dev/null || echo look after ASLO")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def command(config: Path, as_json: bool) -> None:
    """Tell what runs, what waits, and what is wrong.

    Whether `aslo serve` runs, how far log and read models are, whose releases are in the queue, what is worked on, what failed
    and is tried again, whether releases are begun, and how much room there is. Ends with 1 when something is wrong: nobody
    serves, the log or the read models cannot be used, nothing is begun, a worker has no room on its disk, or something failed
    five times in a row. Releases that were rejected or failed are no such thing.
    """
    import msgspec

    from aslo_core.bootstrap.standing import look
    from aslo_core.cli.configured import core_configured

    standing = look(core_configured(config))
    if as_json:
        click.echo(msgspec.json.encode(standing))
    else:
        for line in _told(standing):
            click.echo(line)
    if not standing.well:
        raise click.exceptions.Exit(1)


def _told(standing: Standing) -> Iterator[str]:
    from aslo_core.bootstrap.standing import NO_ROOM
    from aslo_core.plain_text import one_line

    serving = standing.serving
    answered = ", ready" if serving.health and serving.health.ready else ""
    yield f"serve    {f'runs ({serving.process}){answered}' if serving.process else 'does not run'}"
    if serving.parts:
        parts = serving.parts
        yield f"parts    {parts.conductor or 'nobody'} conducts, {_counted(len(parts.workers), 'worker', 'workers')}"
        for name in parts.workers:
            yield f"         worker {name}{f' {NO_ROOM}' if name in parts.without_room else ''}"
        yield from (f"         live {name}" for name in parts.lives)
    head = "cannot be read" if standing.log_head is None else _counted(standing.log_head + 1, "event", "events")
    yield f"log      {head}"
    if standing.views is not None and standing.log_head is not None:
        behind = max(standing.log_head - standing.views, 0)
        yield f"views    {_counted(behind, 'event', 'events') + ' behind the log' if behind else 'up to date'}"
    yield f"disk     {standing.free_mib:,} MiB free; {standing.keep_free_mib:,} MiB are kept for the log"
    if standing.queue is not None:
        yield from _queue(standing.queue, standing)
    if standing.well:
        yield "All is well."
    for why in standing.wrong:
        yield f"wrong    {one_line(why)}"


def _queue(queue: Queue, standing: Standing) -> Iterator[str]:
    from aslo_core.plain_text import one_line

    limits = f"{standing.workers} at a time, {standing.per_owner} of one account"
    yield f"at work  {len(queue.at_work):,} of {limits}"
    for work in queue.at_work:
        lasted = max(standing.looked_us - work.since_us, 0) // 1_000_000
        what = f"{work.owner} {one_line(work.tag, 40)}: {work.step} for {lasted:,} s, attempt {work.attempt} by {work.worker}"
        yield f"         {what}  {work.stream}"
    waiting = f"{queue.length:,} of {_counted(queue.owners, 'account', 'accounts')}" if queue.length else "empty"
    yield f"queue    {waiting}"
    for owner in queue.top:
        by_hand = f", {owner.by_hand:,} by hand" if owner.by_hand else ""
        at_work = f", {owner.at_work:,} at work" if owner.at_work else ""
        yield f"         {owner.owner}: {owner.waiting:,} waiting{by_hand}{at_work}"
    for step in queue.steps:
        by = f" by builder {step.builder}" if step.builder else ""
        releases = _counted(step.releases, "release waits", "releases wait")
        failed = f"{step.step}{by}: {releases}, failed up to {_times(step.failures)}"
        yield f"again    {failed}, from {_time(step.next_us)} on: {one_line(step.reason, 200)}"
    yield from (_peer("storage", one) for one in queue.storages)
    yield from (_peer("notifier", one) for one in queue.notifiers)
    yield from (_peer("source", one) for one in queue.sources)


def _peer(kind: str, peer: PeerFailing) -> str:
    from aslo_core.plain_text import one_line

    waiting = f", {_counted(peer.waiting, 'notice waits', 'notices wait')}" if peer.waiting else ""
    failed = f"{kind} {peer.name} failed {_times(peer.failures)}{waiting}"
    return f"again    {failed}, from {_time(peer.next_us)} on: {one_line(peer.error, 200)}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _time(us: int) -> str:
    from aslo_core.cli.moment import moment

    return f"{moment(us)} UTC"
