"""Where commands meet the log: load, decide, append, and again when somebody was faster."""

from __future__ import annotations

from collections.abc import Sequence

from aslo_core import events as e
from aslo_core.errors import Conflict
from aslo_core.log import Entry, EventLog, VersionConflict
from aslo_core.release import activity as activities
from aslo_core.release.activity import ActivityState, activity_stream
from aslo_core.release.commands import Command
from aslo_core.release.decide import decide
from aslo_core.release.state import ReleaseState, evolve, fold

OFTEN = 50
"""How many times a decision is made again after a conflict; more means that something is wrong, not busy."""

_ON_ACTIVITY = (e.VersionReserved, e.VersionFreed, e.VersionPublished, e.VersionWithdrawn)


class ReleaseDesk:
    """Carries out commands on releases; safe to use from many threads and processes.

    Args:
        log: the only place that is written to.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def load(self, stream: str) -> ReleaseState:
        """Read a release as it is now; a stream without events gives a state of version 0."""
        return fold(stream, self._log.read(stream))

    def handle(
        self,
        stream: str,
        command: Command,
        *,
        cause: e.Cause,
        key: str = "",
        also: Sequence[Entry] = (),
    ) -> ReleaseState:
        """Carry out one command and return the release as it is afterwards.

        Args:
            stream: the release's stream.
            command: what is asked.
            cause: why and by whom; its correlation is filled in from the run where it is empty.
            key: idempotency key, or empty.
            also: entries for other streams that are to be appended in the same transaction.

        Raises:
            NotNow, StaleAttempt, NothingDue, Permanent, Transient: as `decide` does.
            LogUnavailable: the log cannot be written.
        """
        for _ in range(OFTEN):
            release = self.load(stream)
            activity = self._activity(release)
            events = decide(release, activity, command)
            entries = [*also, *(Entry(self._stream_of(event, release, activity), event) for event in events)]
            expect = {stream: release.version}
            if activity is not None:
                expect[activity.stream] = activity.version
            try:
                appended = self._log.append(entries, cause=_caused(cause, release), expect=expect, key=key)
            except VersionConflict:
                continue
            for recorded in appended.events:
                if recorded.stream == stream:
                    release = evolve(release, recorded)
            return release
        raise Conflict(f"{stream}: the decision was overtaken {OFTEN} times")

    def _activity(self, release: ReleaseState) -> ActivityState | None:
        if release.bundle_id is None:
            return None
        stream = activity_stream(release.bundle_id)
        return activities.fold(stream, self._log.read(stream))

    @staticmethod
    def _stream_of(event: e.Event, release: ReleaseState, activity: ActivityState | None) -> str:
        if activity is not None and isinstance(event, _ON_ACTIVITY):
            return activity.stream
        return release.stream


def _caused(cause: e.Cause, release: ReleaseState) -> e.Cause:
    if cause.correlation or not release.correlation:
        return cause
    return e.Cause(source=cause.source, actor=cause.actor, correlation=release.correlation, causation=cause.causation)
