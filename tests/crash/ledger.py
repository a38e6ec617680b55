"""What the log says, read beside the process that writes it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aslo_core import events as e
from aslo_core.log import EventLog, LogNotReady, LogUnavailable, Where
from aslo_core.types import Blob

TERMINAL = (
    e.ReleasePublished,
    e.ReleaseUnchanged,
    e.ReleaseRejected,
    e.ReleaseFailed,
    e.ReleaseCancelled,
    e.ReleaseWithdrawn,
)


@dataclass
class Ledger:
    """The state of all releases as the log has it.

    Attributes:
        where: the log: a file or a database.
        seen: position that was read last.
        runs: how many runs each release has begun.
        ends: names of the events that ended them, in order.
        told: notifiers and the events that each was told of, or given up on, of each release.
        received: objects that each storage has a receipt of.
        published: objects of all published versions.
        versions: how often each version of each bundle was published.
        deliveries: release of each delivery that was accepted.
        held: attempt that holds a step now, of each release that has one.
        claims: how many steps were claimed.
        unfenced: a sentence for each outcome of an attempt that did not hold the step any more.
    """

    where: Where
    seen: int = -1
    runs: Counter[str] = field(default_factory=Counter)
    ends: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    told: defaultdict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    received: defaultdict[str, set[Blob]] = field(default_factory=lambda: defaultdict(set))
    published: set[Blob] = field(default_factory=set)
    versions: Counter[tuple[str, str]] = field(default_factory=Counter)
    deliveries: dict[str, str] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    claims: int = 0
    unfenced: list[str] = field(default_factory=list)
    _log: EventLog | None = None

    def catch_up(self) -> None:
        """Read what is new; a log that is not made yet has nothing."""
        if isinstance(self.where, Path) and not self.where.exists():
            return
        try:
            self._log = self._log or EventLog.open(self.where)
            for recorded in self._log.read_all(self.seen):
                self._take(recorded)
                self.seen = recorded.position
        except (LogNotReady, LogUnavailable):
            self.close()

    def close(self) -> None:
        """Let go of the log, as nobody is to have it open when the next process finds what a dead one left."""
        if self._log is not None:
            self._log.close()
            self._log = None

    def is_quiet(self, accepted: Iterable[tuple[str, str]], late: str, notifiers: int = 1) -> bool:
        """Whether nothing is left to do: runs ended, developers told of begin and end, everything on the storage `late`.

        Args:
            accepted: delivery and release of each 202.
            late: the storage that is copied to last.
            notifiers: how many there are.
        """
        return (
            all(len(self.ends[release]) >= self.runs[release] > 0 for _, release in accepted)
            and all(len(self.told[release]) >= 2 * notifiers * runs for release, runs in self.runs.items())
            and self.published <= self.received[late]
        )

    def _take(self, recorded: e.Recorded) -> None:
        stream = recorded.stream
        self._hold(recorded)
        match recorded.event:
            case e.DeliveryAccepted(release=release):
                self.deliveries[stream.rpartition("/")[2]] = release
            case e.ReleaseAnnounced():
                self.runs[stream] += 1
            case (
                e.NoticeSent(about=about, notifier=notifier)
                | e.NoticeWithheld(about=about, notifier=notifier)
                | e.NoticeFailed(about=about, notifier=notifier, retry_at_us=None)
            ):
                self.told["release/" + stream.removeprefix("notice/")].add((notifier, about))
            case e.VersionPublished() as version:
                self.versions[stream, version.version] += 1
                self.published |= {version.bundle, *version.pictures}
            case e.BundleStored(storage=storage, objects=objects):
                self.received[storage] |= set(objects)
            case e.CopiesReceived(objects=objects):
                self.received[stream.removeprefix("copies/")] |= set(objects)
            case e.CopiesLost(missing=missing, altered=altered):
                lost = {blob.name for blob in (*missing, *altered)}
                storage = stream.removeprefix("copies/")
                self.received[storage] = {blob for blob in self.received[storage] if blob.name not in lost}
            case e.Event() as event if isinstance(event, TERMINAL):
                self.ends[stream].append(event.event_name)
            case _:
                pass

    def _hold(self, recorded: e.Recorded) -> None:
        """Follow who holds what, not as the product does it: what an attempt comes to counts only while it holds its step."""
        stream, event = recorded.stream, recorded.event
        attempt: int | None = getattr(event, "attempt", None)
        if isinstance(event, e.StepClaimed):
            if stream in self.held:
                self.unfenced.append(f"fence: {stream}: {event.attempt} claimed what {self.held[stream]} held")
            self.held[stream] = event.attempt
            self.claims += 1
        elif isinstance(event, TERMINAL):
            self.held.pop(stream, None)
        elif attempt is not None and self.held.pop(stream, None) != attempt:
            self.unfenced.append(f"fence: {stream}: {event.event_name} of attempt {attempt}, which held nothing")
