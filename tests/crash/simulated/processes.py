"""The processes of the simulation: real parts, each with the log as its process sees it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import dramatiq
import pytest

from aslo_core import events as e
from aslo_core.bootstrap.questions import Questions
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.jobs.broker import make_doorbell
from aslo_core.jobs.claims import DeadClaims
from aslo_core.jobs.dispatcher import Dispatcher
from aslo_core.jobs.herald import Herald, Telling
from aslo_core.jobs.holding import WORKERS, Holding
from aslo_core.jobs.never_raising import never_raising
from aslo_core.log import Entry, EventLog
from aslo_core.log.outcome import Appended
from aslo_core.projections import PROJECTIONS, Projector, Views
from aslo_core.receipts import Backend
from aslo_core.release.clock import Clock
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.intake import InForce, Intake
from aslo_core.release.policy import Policy
from aslo_core.release.pressure import Pause
from aslo_core.release.steps import Steps
from aslo_core.release.worker import Worker
from aslo_core.types import BuildLimits, Verdict
from tests.crash.simulated.stand_ins import (
    Board,
    DeafEndings,
    HostSource,
    MemoryLeases,
    MemoryStorage,
    NoBuildLogs,
    Reach,
    RememberingBuilder,
)
from tests.crash.simulated.threads import Killed, Stepwise

LEASE_S = 8.0
WORKERS_AT_ONCE = 2
STORAGES = ("main", "mirror")
IN_FORCE = InForce(builder="sandbox", notifiers=("board",), storages=STORAGES)
URL = "https://aslo.example"


class Line:
    """The log as one process sees it: it may be lost before an append is on the disk, or before it hears of that.

    Args:
        log: the log.
        reach: called before and after each append.
    """

    def __init__(self, log: EventLog, reach: Reach) -> None:
        self._log = log
        self._reach = reach

    def append(
        self, entries: Sequence[Entry], *, cause: e.Cause, expect: Mapping[str, int] | None = None, key: str = ""
    ) -> Appended:
        self._reach("append.before")
        appended = self._log.append(entries, cause=cause, expect=expect, key=key)
        self._reach("append.after")
        return appended

    def read(self, stream: str, after: int = 0) -> Iterator[e.Recorded]:
        return self._log.read(stream, after)


class Doorbell(dramatiq.Broker):
    """A broker that keeps messages in a list, out of which the simulation takes, drops and doubles whichever it likes."""

    def __init__(self) -> None:
        super().__init__(middleware=[])
        self.messages: list[str] = []
        self.is_away = False

    def declare_queue(self, queue_name: str) -> None:
        if self.is_away:
            raise ConnectionRefusedError("nobody listens there")

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        self.messages.append(*message.args)
        return message


class Outside(Protocol):
    """What all processes share."""

    log: EventLog
    tags: dict[tuple[str, str], Mapping[str, bytes]]
    builder: RememberingBuilder
    objects: dict[str, dict[str, bytes]]
    board: dict[str, Any]
    leases: MemoryLeases
    bell: Doorbell
    clock: Clock
    folder: Path

    def seconds(self) -> float:
        """The steady clock."""
        ...


class WorkerProcess:
    """A process that works on one release at a time.

    Args:
        outside: what it shares with others.
        name: unique to this start of it.
        machine: whose folder it works in.

    Attributes:
        stream: the release of the last message that it took.
    """

    def __init__(self, outside: Outside, name: str, machine: int) -> None:
        self.name = name
        self.machine = machine
        self.stream = ""
        self._task: Stepwise | None = None
        self._dead = False
        line = Line(outside.log, self._reach)
        self._holding = Holding(outside.leases, WORKERS + name, name, LEASE_S, steady=outside.seconds)
        self._holding.turn()
        steps = Steps(
            sources={"github": HostSource(outside.tags, self._reach)},
            builders={"sandbox": RememberingBuilder(outside.builder.real, outside.builder.done, self._reach)},
            storages={name: Backend(name, MemoryStorage(outside.objects[name], self._reach)) for name in STORAGES},
            build_limits=BuildLimits(),
            inspection_limits=InspectionLimits(),
            work=outside.folder / f"work-{machine}",
            policy=Policy(),
        )
        self._worker = Worker(
            ReleaseDesk(line),
            lambda: steps,
            NoBuildLogs(),
            name,
            DeafEndings(),
            outside.clock,
            may_claim=lambda: self._holding.held,
        )

    @property
    def at(self) -> str:
        """The place where it stands, or empty."""
        return self._task.at if self._task is not None else ""

    def hear(self, stream: str) -> None:
        """Take a message, and go to the first place."""
        assert not self.at
        self.stream = stream
        work = never_raising(self._worker, pytest.fail)
        self._task = Stepwise(lambda: work(stream))
        self._task.start()

    def go_on(self, befalls: BaseException | None = None) -> None:
        """Go on to the next place."""
        if self._task is not None and self.at:
            self._task.go_on(befalls)

    def finish(self) -> None:
        """Go on until there is nothing more to do."""
        while self.at:
            self.go_on()

    def lives_on(self) -> None:
        """What its threads do from time to time."""
        self._holding.turn()
        self._worker.settle()

    def die(self) -> None:
        """Be gone at once, wherever it stands."""
        self._dead = True
        while self.at:
            self.go_on(Killed())

    def _reach(self, where: str) -> None:
        if self._dead:
            raise Killed
        if self._task is not None and threading.current_thread() is not threading.main_thread():
            self._task.reach(where)


class ConductorProcess:
    """What conducts, with read models of its own. Its turns are taken one by one.

    Args:
        outside: what it shares with others.
        name: unique to this start of it.
        views: its `views.db`, which outlives it.
    """

    def __init__(self, outside: Outside, name: str, views: Path) -> None:
        self.name = name
        self._left = 0
        line = Line(outside.log, self._reach)
        self.projector = Projector(views, outside.log, PROJECTIONS)
        self.projector.catch_up()
        self.views = Views(views)
        questions = Questions(self.views, lambda: None)
        self.claims = DeadClaims(
            ReleaseDesk(line), questions.claimed, lambda: frozenset(outside.leases.held(WORKERS).values()), name
        )
        ring = make_doorbell(outside.bell)

        def ring_for(stream: str) -> None:
            self._reach("ring.before")
            ring(stream, "")
            self._reach("ring.after")

        self.dispatcher = Dispatcher(
            questions.snapshot, ring_for, workers=WORKERS_AT_ONCE, cap=lambda: 1, pause=Pause, clock=outside.clock
        )
        self._fault: Exception | None = None
        board = Board(outside.board, self._notifies)
        self.herald = Herald("board", lambda: Telling(board), line, questions.due_notices, URL, outside.clock)

    @contextmanager
    def dying(self, after: int) -> Iterator[None]:
        """Die within the block at the place of that number, from 1; at none for 0. Raises Killed there."""
        self._left = after
        try:
            yield
        finally:
            self._left = 0

    @contextmanager
    def failing(self, fault: Exception | None, where: str) -> Iterator[None]:
        """Have the notifier fail at that place within the block."""
        self._fault, self._at = fault, where
        try:
            yield
        finally:
            self._fault = None

    def close(self) -> None:
        """Let go of the read models."""
        self.projector.close()
        self.views.close()

    def _notifies(self, where: str) -> None:
        self._reach(where)
        if self._fault is not None and where == self._at:
            raise self._fault

    def _reach(self, _where: str) -> None:
        if self._left:
            self._left -= 1
            if not self._left:
                raise Killed


def receive(outside: Outside, verdict: Verdict, dies_at: int) -> str | None:
    """Have a web process receive a delivery: give the decision that is answered, or None where it died before.

    Args:
        outside: what is shared.
        verdict: what the host's delivery means.
        dies_at: 1 to die before the commit, 2 to die after it, 0 for neither.
    """
    left = dies_at

    def reach(_where: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    try:
        return Intake(Line(outside.log, reach), lambda _: IN_FORCE).receive("github", verdict, b"{}").decision
    except Killed:
        return None
