"""One case: ASLO dies at one point or at one after another, is started again, and must come to rest as if nothing had been."""

from __future__ import annotations

import shutil
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tests.crash.accepted import Accepted
from tests.crash.invariants import broken, out_of_order
from tests.crash.ledger import Ledger
from tests.crash.running import Kill, Running
from tests.crash.scene import LATE, Announcement, Scene, scene
from tests.crash.services import Servers, services

PATIENCE_S = 120.0
"""How long anything may take on a busy machine; what takes longer is stuck."""
_MORE = 4
"""How many more releases a process gets that has not died yet of those it had."""


@dataclass
class Result:
    """What came of a case.

    Attributes:
        kills: where it was to die.
        fired: where it did.
        hits: how often the process that was not killed, or the only one, came to each point.
        accepted: how many deliveries were answered with 202.
        broken: what does not hold.
        recovery_s: seconds from the last start until everything was quiet; None where it did not come to that.
    """

    kills: Sequence[Kill]
    fired: list[Kill] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    broken: list[str] = field(default_factory=list)
    recovery_s: float | None = None

    def counted(self, word: str) -> int:
        """How many of the sentences in `broken` begin so."""
        return sum(sentence.startswith(word) for sentence in self.broken)


def play(
    folder: Path,
    kills: Sequence[Kill],
    seed: int = 0,
    environment: Mapping[str, str] = MappingProxyType({}),
    patience_s: float = PATIENCE_S,
    shared: Servers | None = None,
) -> Result:
    """Play a case in a new folder.

    Args:
        folder: where everything lies.
        kills: where it dies, one after another; none counts the hits.
        seed: what is left to chance follows from it.
        environment: further variables of the process.
        patience_s: how long anything may take before it counts as stuck.
        shared: servers for services, which the case has then.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result = Result(kills)
    with ExitStack() as stack:
        if shared is None:
            made = stack.enter_context(scene(folder, seed))
        else:
            beside = stack.enter_context(services(shared))
            made = stack.enter_context(scene(folder, seed, beside.log, beside.tables, beside))
        case = _Case(made, result, environment, patience_s)
        case.add(made.first())
        for kill in kills:
            case.live(kill)
        case.live(None)
        result.accepted = len(case.accepted.read())
        result.broken += broken(made, case.ledger, case.told, case.accepted.read(), environment, len(result.fired))
        case.ledger.close()
    if not result.broken:
        shutil.rmtree(folder)
    return result


class _Case:
    def __init__(self, made: Scene, result: Result, environment: Mapping[str, str], patience_s: float) -> None:
        self.accepted = Accepted(made.folder / "accepted.jsonl")
        self.ledger = Ledger(made.log)
        self.told: list[Announcement] = []
        self._pending: list[Announcement] = []
        self._scene = made
        self._result = result
        self._environment = environment
        self._patience_s = patience_s

    def add(self, announcements: Sequence[Announcement]) -> None:
        """Have these delivered from now on; what got no answer is delivered again by the next start."""
        self.told += announcements
        self._pending += announcements

    def live(self, kill: Kill | None) -> None:
        """Start it and wait for its death, or until everything is quiet."""
        trace = self._scene.folder / "trace"
        trace.unlink(missing_ok=True)
        if kill is not None and kill.point.startswith("projections.build."):
            for file in (self._scene.folder / "data").glob("views.db*"):
                file.unlink()
        running = Running(self._scene, trace, kill, self._environment)
        begun = time.monotonic()
        try:
            quiet = self._rests(running)
            self._result.recovery_s = time.monotonic() - begun
            if kill is None:
                # It is the end, and time for one that comes too late: nothing may stay of it, which shows where nothing else is
                # on its way.
                self.add([self._scene.taken()])
                quiet = self._rests(running)
            for _ in range(_MORE if kill is not None else 0):
                if not quiet or running.died:
                    break
                self.add([self._more_for(kill)])  # there was not work enough to die of
                quiet = self._rests(running)
        finally:
            self.ledger.close()
            status = running.process.poll()
            if status is None:
                status = running.end()
        points = trace.read_text().splitlines() if trace.exists() else []
        self._result.broken += out_of_order(points)
        if kill and status == -signal.SIGKILL and points.count(kill.point) == kill.hit:
            self._result.fired.append(kill)
            if kill.point == "notify_github.comment.after":
                self._scene.double_the_newest_comment()
        elif status:
            self._result.broken.append(f"ended: status {status} when it was to {'die at ' + str(kill) if kill else 'end'}")
        elif not quiet:
            self._result.broken.append(f"stuck: not quiet after {self._patience_s} s")
        if kill is None:
            self._result.hits = Counter(points)

    def _rests(self, running: Running) -> bool:
        """Deliver what is pending, and wait until everything is quiet; tell whether it is."""
        until = time.monotonic() + self._patience_s
        while self._pending and running.deliver(self._pending[0], self.accepted, until):
            self._pending.pop(0)
        while not running.died and time.monotonic() < until and not self._is_quiet():
            time.sleep(0.1)
        return self._is_quiet()

    def _more_for(self, kill: Kill) -> Announcement:
        return self._scene.next(attached=kill.needs_asset, large=kill.needs_large_asset)

    def _is_quiet(self) -> bool:
        self.ledger.catch_up()
        return not self._pending and self.ledger.is_quiet(self.accepted.read(), LATE, self._scene.notifiers)
