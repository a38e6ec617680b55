"""Where commands meet the log: load, decide, append, and again when somebody was faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from aslo_core import events as e
from aslo_core.errors import Conflict
from aslo_core.log import Entry, EventLog, IdempotencyConflict, LogUnavailable, VersionConflict
from aslo_core.release import activity as activities
from aslo_core.release.activity import ActivityState, PublishedVersion, activity_stream
from aslo_core.release.commands import Announce, Cancel, Command, Lift, Withdraw
from aslo_core.release.decide import activities_read, decide
from aslo_core.release.state import ReleaseState, evolve, fold, foresee

Following = Callable[[ReleaseState], Command | None]
"""Gives what is asked next of a release, or nothing."""

OFTEN = 50
"""How many times a decision is made again after a conflict; more means that something is wrong, not busy."""


def _nothing(_: ReleaseState) -> None:
    return None


class DoneBefore(Conflict):
    """A command with this idempotency key was carried out before; nothing was done again."""


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
        known: ReleaseState | None = None,
        following: Following = _nothing,
    ) -> ReleaseState:
        """Carry out one command and return the release as it is afterwards.

        Args:
            stream: the release's stream.
            command: what is asked.
            cause: why and by whom. Where its correlation is empty it is filled in from the run, unless the command comes from
                outside: then what follows is correlated with this very append.
            key: idempotency key, or empty.
            also: entries for other streams that are to be appended in the same transaction.
            known: the release as the caller has seen it last, or takes it to be. It is read only where it is not so now, and
                before anything is refused.
            following: gives what is asked next of the release as it will be then, and so on until it gives nothing; that is
                carried out in the same append, as far as it can be; the command stands even where nothing of it can. Whoever
                asks for it by itself is told why.

        Raises:
            NotNow, StaleAttempt, NothingDue, Permanent, Transient: as `decide` does.
            DoneBefore: the same was carried out with this key before.
            IdempotencyConflict: something else was.
            LogUnavailable: the log cannot be written.
        """
        release = known or self.load(stream)
        for _ in range(OFTEN):
            read: dict[str, ActivityState] = {}
            further: list[Entry] = []
            try:
                self._read(release, command, read)
                decided = decide(release, read, command)
                further = self._decided_further(release, decided, following, read)
                expect = {stream: release.version} | {activity.stream: activity.version for activity in read.values()}
                entries = [*also, *decided, *further]
                appended = self._log.append(entries, cause=_caused(cause, release, command), expect=expect, key=key)
            except VersionConflict:
                release = self.load(stream)
                continue
            except (LogUnavailable, IdempotencyConflict):
                raise
            except Exception:
                if further:  # it may be what cannot be recorded; the command is not to fail for that
                    following = _nothing
                    continue
                # A refusal counts only if the release is as it was taken to be, and stood still while the others were read.
                if not read and release is not known:
                    raise
                before, release = release, self.load(stream)
                if release.version != before.version:
                    continue
                raise
            if appended.duplicate:
                raise DoneBefore(f"{stream}: {key} was carried out before")
            for recorded in appended.events:
                if recorded.stream == stream:
                    release = evolve(release, recorded)
            return release
        raise Conflict(f"{stream}: the decision was overtaken {OFTEN} times")

    def still_published(self, release: ReleaseState) -> tuple[tuple[str, PublishedVersion], ...]:
        """Name what was withdrawn with a release and can be downloaded all the same: another release has the same bytes."""
        found = ((was.bundle_id, self._activity(was.bundle_id).published.get(was.version)) for was in release.withdrawn)
        return tuple((bundle_id, version) for bundle_id, version in found if version is not None and version.live)

    def _decided_further(
        self, release: ReleaseState, decided: Sequence[Entry], following: Following, read: dict[str, ActivityState]
    ) -> list[Entry]:
        """Decide on what follows as far as that is possible; the activities that this rests on are added to `read`."""
        further: list[Entry] = []
        newest = decided
        with suppress(Exception):  # whatever it is: whoever asks for it by itself is told
            while command := following(release := _foreseen(release, newest)):
                if self._read(release, command, read) & {entry.stream for entry in (*decided, *further)}:
                    break  # it rests on an activity as it will be only then
                newest = decide(release, read, command)
                further += newest
        return further

    def _read(self, release: ReleaseState, command: Command, read: dict[str, ActivityState]) -> set[str]:
        """Read the activities that a decision rests on, those that were not read before; name their streams."""
        needed = activities_read(release, command)
        read |= {bundle_id: self._activity(bundle_id) for bundle_id in needed - read.keys()}
        return {read[bundle_id].stream for bundle_id in needed}

    def _activity(self, bundle_id: str) -> ActivityState:
        stream = activity_stream(bundle_id)
        return activities.fold(stream, self._log.read(stream))


def _foreseen(release: ReleaseState, decided: Sequence[Entry]) -> ReleaseState:
    return foresee(release, [entry.event for entry in decided if entry.stream == release.stream])


def _caused(cause: e.Cause, release: ReleaseState, command: Command) -> e.Cause:
    if cause.correlation or isinstance(command, Announce | Cancel | Withdraw | Lift):
        return cause
    return e.Cause(source=cause.source, actor=cause.actor, correlation=release.correlation, causation=cause.causation)
