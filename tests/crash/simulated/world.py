"""A small world: six releases of three repositories, two workers, two conductors, and all that they share."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.projections import PROJECTIONS, Projector, notices, queue
from aslo_core.release.clock import LogClock
from aslo_core.release.desk import ReleaseDesk
from aslo_core.testing import values
from aslo_core.testing.builder import ICON
from aslo_core.testing.workshop import ProcessBuilder
from tests.crash.simulated.processes import STORAGES, ConductorProcess, Doorbell, WorkerProcess
from tests.crash.simulated.referee import Referee
from tests.crash.simulated.stand_ins import MemoryLeases, RememberingBuilder

if TYPE_CHECKING:
    from aslo_core.types import Announcement, Notice

MEMORY = Path("/dev/shm")  # noqa: S108 - what is lost there in a power cut is a test's
FROM_US = 2_000_000_000_000_000
STEP_S = 2
TICK_S = 30
TICKS = 60
"""Once nothing fails any more, all ends within so many ticks: half an hour of the simulated clock."""

_REPOSITORIES = {
    "paint": values.repository("1", "paint", "ada"),
    "maze": values.repository("2", "maze", "ada"),
    "copy": values.repository("3", "paint", "bob"),
}
_BUNDLES = {"paint": "org.example.PaintBox", "maze": "org.example.Maze", "copy": "org.example.PaintBox"}
RELEASES: tuple[Announcement, ...] = tuple(
    values.announcement(f"{repository.id}{version}", f"v{version}", of=repository)
    for repository in _REPOSITORIES.values()
    for version in (1, 2)
)
"""Two versions of each; the repository `copy` of another owner has the same activity as `paint`."""


def files(release: Announcement, revision: int) -> Mapping[str, bytes]:
    """What a release's tag names after it was moved so many times."""
    name = next(name for name, repository in _REPOSITORIES.items() if repository == release.repository)
    info = f"""[Activity]
name = {name}
bundle_id = {_BUNDLES[name]}
exec = sugar-activity3 activity.Main
icon = icon
activity_version = {release.tag.removeprefix("v")}
license = GPL-3.0-or-later
"""
    return {
        "activity.py": f"class Main:\n    revision = {revision}\n".encode(),
        "activity/activity.info": info.encode(),
        "activity/icon.svg": ICON.encode(),
    }


@functools.cache
def _prepared() -> Path:
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    upgrade(folder / "log.db")
    with EventLog.open(folder / "log.db") as log:
        projector = Projector(folder / "views.db", log, PROJECTIONS)
        projector.catch_up()
        projector.close()
    return folder


@functools.cache
def _builder() -> RememberingBuilder:
    return RememberingBuilder(ProcessBuilder())


class World:
    """Everything, and what must hold of it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.folder = Path(shutil.copytree(_prepared(), self._folder.name, dirs_exist_ok=True))
        self.log = EventLog.open(self.folder / "log.db")
        self.now_us = FROM_US
        self.clock = LogClock(self.log.newest_us, lambda: self.now_us, lambda: self.now_us)
        self.tags = {(one.stream, one.tag): files(one, 0) for one in RELEASES}
        self.builder = _builder()
        self.objects: dict[str, dict[str, bytes]] = {name: {} for name in STORAGES}
        self.board: dict[str, Notice] = {}
        self.leases = MemoryLeases(self.seconds)
        self.bell = Doorbell()
        self.desk = ReleaseDesk(self.log)
        self.referee = Referee(self.objects, self.board)
        self._heard = -1
        self._started = 0
        self.workers = [WorkerProcess(self, self._name(), machine) for machine in range(2)]
        self.conductors = [self._conductor(number) for number in range(2)]

    def seconds(self) -> float:
        """The steady clock of every machine."""
        return self.now_us / 1_000_000

    def close(self) -> None:
        """End everything, and remove what it left."""
        for process in self.workers:
            process.die()
        for conductor in self.conductors:
            conductor.close()
        self.log.close()
        self._folder.cleanup()

    def time_passes(self, seconds: float, stopped: Collection[int] = ()) -> None:
        """Let time pass; workers that are stopped do nothing meanwhile."""
        until = self.now_us + int(seconds * 1_000_000)
        while self.now_us < until:
            self.now_us = min(self.now_us + STEP_S * 1_000_000, until)
            for which, process in enumerate(self.workers):
                if which not in stopped:
                    process.lives_on()

    def replace_worker(self, which: int) -> None:
        """Kill a worker, wherever it stands, and start its successor on the same machine."""
        old = self.workers[which]
        old.die()
        self.workers[which] = WorkerProcess(self, self._name(), old.machine)

    def replace_conductor(self, which: int) -> None:
        """Start the successor of a conductor that has died."""
        self.conductors[which].close()
        self.conductors[which] = self._conductor(which)

    def judge(self) -> None:
        """Hold what has happened since the last time to what must hold."""
        for recorded in self.log.read_all(self._heard):
            self._heard = recorded.position
            self.referee.hear(recorded)
        self.referee.look()

    def come_to_rest(self) -> None:
        """Let nothing fail any more, and hold everything to what must hold once all has ended."""
        self.bell.is_away = False
        for process in self.workers:
            process.finish()
        for _ in range(TICKS):
            self.time_passes(TICK_S)
            self.tick()
            self.judge()
            if not self.referee.open and not self.bell.messages and not self._owes_notices():
                break
        self.referee.look_at_rest()

    def tick(self) -> None:
        """One turn of everybody, without any fault."""
        conductor = self.conductors[0]
        for turn in (conductor.claims.turn, conductor.dispatcher.turn):
            conductor.projector.catch_up()
            turn()
        messages, self.bell.messages[:] = self.bell.messages[:], []
        for number, stream in enumerate(messages):
            process = self.workers[number % len(self.workers)]
            process.hear(stream)
            process.finish()
        for each in self.conductors:  # each takes itself for the leader, and knows nothing of the other
            each.projector.catch_up()
        for each in self.conductors:
            each.herald.turn()
        conductor.projector.catch_up()

    def judge_queue(self, conductor: ConductorProcess) -> None:
        """Who waits for its turn has a place of its own, and the places have no gap."""
        with conductor.views.snapshot() as connection:
            places = queue.places(connection, [one.stream for one in RELEASES], self.clock())
        assert sorted(place.position for place in places.values()) == [*range(1, len(places) + 1)]
        assert {place.length for place in places.values()} <= {len(places)}

    def _owes_notices(self) -> bool:
        with self.conductors[0].views.snapshot() as connection:
            return bool(notices.notifiers_with_work(connection))

    def _name(self) -> str:
        self._started += 1
        return f"process-{self._started}"

    def _conductor(self, number: int) -> ConductorProcess:
        folder = self.folder / f"conductor-{number}"
        if not folder.exists():
            folder.mkdir()
            shutil.copy(self.folder / "views.db", folder)
        return ConductorProcess(self, self._name(), folder / "views.db")
