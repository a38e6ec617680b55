"""What the log says, read beside the process that writes it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aslo_core import events as e
from aslo_core.log import EventLog, LogNotReady, LogUnavailable
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
        path: `log.db`.
        seen: position that was read last.
        runs: how many runs each release has begun.
        ends: names of the events that ended them, in order.
        told: events that a notifier was told of, or given up on, of each release.
        received: objects that each storage has a receipt of.
        published: objects of all published versions.
        versions: how often each version of each bundle was published.
        deliveries: release of each delivery that was accepted.
    """

    path: Path
    seen: int = -1
    runs: Counter[str] = field(default_factory=Counter)
    ends: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    told: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    received: defaultdict[str, set[Blob]] = field(default_factory=lambda: defaultdict(set))
    published: set[Blob] = field(default_factory=set)
    versions: Counter[tuple[str, str]] = field(default_factory=Counter)
    deliveries: dict[str, str] = field(default_factory=dict)
    _log: EventLog | None = None

    def catch_up(self) -> None:
        """Read what is new; a log that is not made yet has nothing."""
        if not self.path.exists():
            return
        try:
            self._log = self._log or EventLog.open(self.path)
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

    def is_quiet(self, accepted: Iterable[tuple[str, str]], late: str) -> bool:
        """Whether nothing is left to do: runs ended, developers told of begin and end, everything on the storage `late`."""
        return (
            all(len(self.ends[release]) >= self.runs[release] > 0 for _, release in accepted)
            and all(len(self.told[release]) >= 2 * runs for release, runs in self.runs.items())
            and self.published <= self.received[late]
        )

    def _take(self, recorded: e.Recorded) -> None:
        stream = recorded.stream
        match recorded.event:
            case e.DeliveryAccepted(release=release):
                self.deliveries[stream.rpartition("/")[2]] = release
            case e.ReleaseAnnounced():
                self.runs[stream] += 1
            case e.NoticeSent(about=about) | e.NoticeWithheld(about=about) | e.NoticeFailed(about=about, retry_at_us=None):
                self.told["release/" + stream.removeprefix("notice/")].add(about)
            case e.VersionPublished() as version:
                self.versions[stream, version.version] += 1
                self.published |= {version.bundle, *version.pictures}
            case e.BundleStored(storage=storage, objects=objects):
                self.received[storage] |= set(objects)
            case e.CopiesReceived(objects=objects):
                self.received[stream.removeprefix("copies/")] |= set(objects)
            case e.Event() as event if isinstance(event, TERMINAL):
                self.ends[stream].append(event.event_name)
            case _:
                pass
