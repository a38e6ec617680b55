"""Erasing the body of an event so that no decision changes by it."""

from __future__ import annotations

from aslo_core import events as e
from aslo_core.errors import Conflict, Permanent
from aslo_core.log import Entry, EventLog, VersionConflict
from aslo_core.release import activity as activities
from aslo_core.release import state as releases
from aslo_core.release.desk import OFTEN


def erase(log: EventLog, recorded: e.Recorded, reason: str, cause: e.Cause) -> None:
    """Erase an event's body for good. What the rules rest on is restated first, without personal data.

    Should the process end between the two, the restatement stands alone and changes nothing.

    Args:
        log: the log.
        recorded: the event.
        reason: why, without personal data: this one stays.
        cause: why and by whom.

    Raises:
        Permanent: its release is still being worked on, or it is itself the record of an erasure.
        Conflict: its stream changed all the time.
        LogUnavailable: the database cannot be written.
    """
    log.erase(recorded.id, reason, _restate(log, recorded.stream, cause))


def _restate(log: EventLog, stream: str, cause: e.Cause) -> e.Cause:
    """Restate what a stream has decided, and return the cause of what follows."""
    for _ in range(OFTEN):
        version, restated = _restatement(log, stream)
        if restated is None:
            return cause
        try:
            said = log.append([Entry(stream, restated)], cause=cause, expect={stream: version}).events[0]
        except VersionConflict:
            continue
        return e.Cause(source=cause.source, actor=cause.actor, correlation=said.cause.correlation, causation=said.id)
    raise Conflict(f"{stream}: it was changed {OFTEN} times while a body of it was to be erased; try again")


def _restatement(log: EventLog, stream: str) -> tuple[int, e.Event | None]:
    """Say what a stream has decided, and at which version; None where decisions do not rest on it, or it does not tell."""
    if stream.startswith("activity/"):
        activity = activities.fold(stream, log.read(stream))
        return activity.version, None if activity.unclear else activities.restate(activity)
    if not stream.startswith("release/"):
        return 0, None
    release = releases.fold(stream, log.read(stream))
    if release.open:
        raise Permanent(
            "log.erasure-too-early",
            f"{stream} is being worked on, and its next steps rest on this event.",
            "Wait for the end of its run, which comes by itself while `aslo serve` runs, and erase it then.",
        )
    return release.version, releases.restate(release)
