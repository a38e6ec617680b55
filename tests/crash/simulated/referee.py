"""What must hold whatever befell: of the log, of what stands outside of it, and of what was promised."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

from aslo_core import events as e
from aslo_core.events import ENDINGS
from aslo_core.types import Notice
from tests.release.rules import Rules


class Referee:
    """Hears every event once, and holds it to what it knows from elsewhere.

    Args:
        objects: what each storage has, by its name.
        board: what was told, by the id of its event.
    """

    def __init__(self, objects: Mapping[str, Mapping[str, bytes]], board: Mapping[str, Notice]) -> None:
        self._rules = Rules()
        self._objects = objects
        self._board = board
        self._about: dict[str, tuple[str, int, str]] = {}
        self._sent: set[str] = set()
        self._given_up: set[str] = set()
        self._publications: Counter[tuple[str, int]] = Counter()
        self.answered: set[str] = set()
        self.recorded: set[str] = set()

    @property
    def open(self) -> Mapping[str, int]:
        """Releases with a run that has not ended, each with its number."""
        return self._rules.open

    def hear(self, recorded: e.Recorded) -> None:
        """Hold one event to everything before it."""
        event, stream = recorded.event, recorded.stream
        if isinstance(event, e.DeliveryAccepted | e.DeliveryIgnored | e.DeliveryRefused):
            assert recorded.version == 1, f"{stream} was decided on twice"
            self.recorded.add(stream.rpartition("/")[2])
            return
        if isinstance(event, e.NoticeSent | e.NoticeFailed):
            self._heard_of_notice(event)
            return
        run = self._rules.runs.get(stream, 0)
        self._rules.hear(recorded)
        if isinstance(event, e.SourceFetched):
            self._about[recorded.id] = (stream, run, "started")
        elif (ending := ENDINGS.get(type(event))) is not None:
            self._about[recorded.id] = (stream, run, ending)
        if isinstance(event, e.VersionPublished):
            self._hold_publication(event)

    def look(self) -> None:
        """Hold what stands now to what must always hold."""
        self._rules.look()
        unknown = self._board.keys() - self._about.keys()
        assert not unknown, f"told, and not in the log: {unknown}"

    def look_at_rest(self) -> None:
        """Hold what stands to what must hold once nothing more is to come."""
        self.look()
        assert not self.open, f"stuck: {dict(self.open)}"
        lost = self.answered - self.recorded
        assert not lost, f"answered with 202, and not in the log: {lost}"
        told = {self._about[id_] for id_ in self._sent | self._given_up}
        for id_, (stream, run, kind) in self._about.items():
            settled = id_ in self._sent or id_ in self._given_up
            if kind == "started":
                excused = (stream, run, "unchanged") in self._about.values()
            else:
                excused = kind in ("cancelled", "unchanged") and (stream, run, "started") not in told
            assert settled or excused, f"nobody was told that run {run} of {stream} was {kind}"
            assert settled or id_ not in self._board, f"it was told that run {run} of {stream} was {kind}, and nobody knows"
        pairs = Counter((stream, run, kind) for stream, run, kind in told)
        assert all(times == 1 for times in pairs.values())

    def _heard_of_notice(self, event: e.NoticeSent | e.NoticeFailed) -> None:
        assert event.about not in self._sent | self._given_up, f"{self._about[event.about]} was settled twice"
        if isinstance(event, e.NoticeSent):
            assert event.about in self._board, f"{self._about[event.about]} was not told"
            self._sent.add(event.about)
        elif event.retry_at_us is None:
            self._given_up.add(event.about)

    def _hold_publication(self, event: e.VersionPublished) -> None:
        self._publications[event.release, event.run] += 1
        assert self._publications[event.release, event.run] == 1, f"run {event.run} of {event.release} was published twice"
        for name in event.storages:
            data = self._objects[name].get(event.bundle.name)
            assert data is not None, f"{event.version} is published, and {name} does not have it"
            assert hashlib.sha256(data).hexdigest() == event.bundle.digest, f"{name} has other bytes of {event.version}"
