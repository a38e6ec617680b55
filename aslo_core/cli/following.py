"""Waiting for the end of a release, and telling when nobody works on it."""

from __future__ import annotations

import threading

import click
import msgspec

from aslo_core import events as e
from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.config import CoreSettings
from aslo_core.log import EventLog

UNTOUCHED_S = 5.0
"""Seconds after which it is told that nothing has taken up a release."""

_GOOD = (e.ReleasePublished, e.ReleaseUnchanged)
_BAD = (e.ReleaseRejected, e.ReleaseFailed, e.ReleaseCancelled, e.ReleaseWithdrawn)


def follow(log: EventLog, stream: str, after: int, settings: CoreSettings, *, as_json: bool) -> bool:
    """Show the events of a release until its newest run ends; tell whether it ended well.

    Where nothing happens for some seconds after the announcement, that is told on standard error, once, and waiting goes on.

    Args:
        log: the log.
        stream: the release's stream.
        after: position before the run's announcement.
        settings: tell which `aslo serve` should work on it.
        as_json: print a JSON object for each event.
    """
    announced = False
    reminder = threading.Timer(UNTOUCHED_S, _tell_that_nothing_happens, [settings])
    reminder.daemon = True
    reminder.start()
    try:
        for recorded in log.tail(after, threading.Event()):
            event = recorded.event
            if recorded.stream != stream or event is None:
                continue
            if announced:
                reminder.cancel()
            announced = announced or isinstance(event, e.ReleaseAnnounced)
            if as_json:
                click.echo(msgspec.json.encode({"type": event.event_name, "event": event}))
            else:
                click.echo(f"  {event.event_name}")
            if announced and isinstance(event, _BAD):
                click.echo(_why(event), err=True)
            if announced and isinstance(event, (*_GOOD, *_BAD)):
                return isinstance(event, _GOOD)
    finally:
        reminder.cancel()
    return False


def _tell_that_nothing_happens(settings: CoreSettings) -> None:
    holder = ServeLock(settings.data_path).holder()
    if holder is None:
        words = f"no `aslo serve` seems to run on {settings.data_path}: start one, or interrupt this and let it wait in the log"
    else:
        words = f"`aslo serve` ({holder}) has not taken it up so far; its messages, or `aslo release list`, tell what it does"
    click.echo(f"Nothing has happened for {UNTOUCHED_S:g} seconds: {words}. Still waiting.", err=True)


def _why(event: e.Event) -> str:
    match event:
        case e.ReleaseRejected(rule=rule, found=found, cure=cure):
            return f"{found}\n  {cure} ({rule})"
        case e.ReleaseFailed(reason=reason) | e.ReleaseCancelled(reason=reason) | e.ReleaseWithdrawn(reason=reason):
            return reason
        case _:
            return ""
