"""What must hold of any log, event by event, however its releases came to their ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from aslo_core import events as e

ENDS = tuple(e.ENDINGS)


class ActivityRules:
    """What must hold of the events of one activity.

    Attributes:
        reserved: version → release and run that it is kept for.
        live: version → release of what can be downloaded.
        last: version → release that published it last.
        held: version → whose hold it is under.
    """

    def __init__(self) -> None:
        self.reserved: dict[str, tuple[str, int]] = {}
        self.live: dict[str, str] = {}
        self.last: dict[str, str] = {}
        self.held: dict[str, str] = {}
        self._bytes: dict[str, str] = {}
        self._owner = ""

    def hear(self, event: e.Event | None) -> None:
        """Hold an event of the activity to all before it."""
        match event:
            case e.VersionReserved():
                self._reserve(event)
            case e.VersionFreed():
                assert self.reserved.pop(number(event.version)) == (event.release, event.run), "another's version is freed"
            case e.VersionPublished():
                self._publish(event)
            case e.ActivityTransferred():
                assert (event.before.id, self.reserved) == (self._owner, {}), "a run is robbed of its activity"
                self._owner = event.owner.id
            case e.VersionLifted():
                assert number(event.version) not in self.live, "a version is lifted that is not withdrawn"
                assert self.held.pop(number(event.version)), "a version is lifted that is not on hold"
            case e.VersionWithdrawn():
                self._withdraw(event)

    def _reserve(self, event: e.VersionReserved) -> None:
        version = number(event.version)
        assert version not in self.reserved, "a version is reserved twice"
        assert self._owner in ("", event.repository.id), "another repository gets a version"
        assert self._bytes.get(version, event.bundle.digest) == event.bundle.digest, "a version would change"
        self.reserved[version] = (event.release, event.run)

    def _publish(self, event: e.VersionPublished) -> None:
        version = number(event.version)
        assert self.reserved.pop(version) == (event.release, event.run), "published without a reservation"
        assert self._owner in ("", event.repository.id), "another repository publishes"
        assert self._bytes.setdefault(version, event.bundle.digest) == event.bundle.digest, "a version changes"
        hold = self.held.pop(version, "")
        assert hold != "operator", "a version is published that an operator holds"
        assert not hold or self.last[version] == event.release, "another release publishes what the host holds"
        self.last[version] = event.release
        self._owner = event.repository.id
        self.live[version] = event.release

    def _withdraw(self, event: e.VersionWithdrawn) -> None:
        version = number(event.version)
        assert self.last[version] == event.release, "another's version is withdrawn"
        assert self.live.pop(version, None) or self.held.get(version) != "operator", "an operator's hold is taken over"
        self.held[version] = event.hold


class Rules:
    """What must hold of all events.

    Attributes:
        open: release → run, of those that have not ended.
        runs: release → its newest run.
        activities: what is known of each activity, by its stream.
    """

    def __init__(self) -> None:
        self.open: dict[str, int] = {}
        self.runs: dict[str, int] = {}
        self.activities: Mapping[str, ActivityRules] = defaultdict(ActivityRules)
        self._attempts: dict[str, int] = {}
        self._claims: dict[str, int] = {}
        self._refused: set[str] = set()

    def hear(self, recorded: e.Recorded) -> None:
        """Hold an event to all before it."""
        event, stream = recorded.event, recorded.stream
        if stream.startswith("activity/"):
            self.activities[stream].hear(event)
            return
        match event:
            case e.ReleaseAnnounced():
                assert stream not in self.open, "a run begins while another is open"
                assert event.run == self.runs.get(stream, 0) + 1
                self.open[stream] = self.runs[stream] = event.run
                self._refused.discard(stream)
            case e.StepClaimed():
                assert stream in self.open, "a step is claimed after the end"
                assert stream not in self._claims, "a step is claimed twice"
                assert event.attempt == self._attempts.get(stream, 0) + 1
                self._claims[stream] = self._attempts[stream] = event.attempt
            case e.ReleaseRestated():
                assert stream not in self.open, "what is not decided yet is restated"
            case e.ReleaseLifted():
                assert stream not in self.open, "a release is lifted that is not withdrawn"
            case e.AssetRefused():
                assert self._claims.pop(stream) == event.attempt
                assert stream not in self._refused, "an attached bundle is refused twice in a run"
                self._refused.add(stream)
            case _ if isinstance(event, ENDS):
                self._end(recorded)
            case _:
                if event is not None and stream.startswith("release/"):
                    assert self._claims.pop(stream, None) == getattr(event, "attempt", None), f"{event} without a claim"

    def look(self) -> None:
        """Hold what stands between two appends."""
        for activity in self.activities.values():
            for holder in activity.reserved.values():
                assert holder in self.open.items(), f"a version is held by {holder}, which has ended"

    def _end(self, recorded: e.Recorded) -> None:
        event, stream = recorded.event, recorded.stream
        closes = self.open.pop(stream, None) is not None
        assert closes or isinstance(event, e.ReleaseWithdrawn), "a run ends twice"
        claim = self._claims.pop(stream, None)
        if isinstance(event, (e.ReleasePublished, e.ReleaseRejected, e.ReleaseFailed)):
            assert claim == event.attempt


def number(version: str) -> str:
    """Name a version as versions are compared that are used here."""
    return version.removesuffix(".0")
