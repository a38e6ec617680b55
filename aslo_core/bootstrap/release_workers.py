"""The threads that do the work of releases, and what rings for them."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import dramatiq
import structlog

from aslo_core.bootstrap.crew import end
from aslo_core.bootstrap.equipment import Equipment
from aslo_core.bootstrap.pressure import make_gauge
from aslo_core.bootstrap.questions import Questions
from aslo_core.config import Settings
from aslo_core.jobs.broker import QUEUE, make_broker, make_doorbell
from aslo_core.jobs.claims import DeadClaims
from aslo_core.jobs.dispatcher import Dispatcher
from aslo_core.jobs.loop import Loop
from aslo_core.jobs.never_raising import never_raising
from aslo_core.log import EventLog
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.release.clock import Clock
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.worker import Worker

log = structlog.get_logger(__name__)

TICK_S = 1.0
CLAIM_CHECK_S = 5.0
LOOK_S = 2.0


class ReleaseWorkers:
    """Works on every release of which something is due. Claims that were there before are given up.

    Args:
        settings: broker, and how many work at the same time.
        in_force: gives the equipment in force.
        events: the log.
        build_logs: keep what the steps say.
        questions: asks the read models.
        clock: the time.
        closing: closes the broker at the end.

    Attributes:
        gauge: tells whether they begin any.
    """

    def __init__(
        self,
        settings: Settings,
        in_force: Callable[[], Equipment],
        events: EventLog,
        build_logs: BuildLogs,
        questions: Questions,
        clock: Clock,
        closing: ExitStack,
    ) -> None:
        desk, name = ReleaseDesk(events), f"{socket.gethostname()}/{os.getpid()}"
        self._worker = Worker(desk, lambda: in_force().steps, build_logs, name, clock)
        claims = DeadClaims(desk, questions.claimed, self._worker.active)
        claims.give_up_all("the process that held it is gone")
        broker = make_broker(settings.broker.url.get_secret_value())
        closing.callback(broker.close)
        self._threads = dramatiq.Worker(broker, queues={QUEUE}, worker_threads=settings.build.workers)
        ring = make_doorbell(broker, never_raising(self._worker))
        self.gauge = make_gauge(settings, events, questions, lambda: in_force().storages)
        dispatcher = Dispatcher(
            questions.snapshot,
            ring,
            workers=settings.build.workers,
            cap=lambda: in_force().configured.settings.build.cap,
            pause=lambda: self.gauge.pause,
            clock=clock,
        )
        self._dispatching = Loop("dispatcher", dispatcher.turn, TICK_S)
        self._loops = [self._dispatching, Loop("claims", claims.turn, CLAIM_CHECK_S), Loop("gauge", self.gauge.look, LOOK_S)]

    def start(self) -> None:
        """Start the threads."""
        for loop in self._loops:
            loop.start()
        self._threads.start()

    def poke(self) -> None:
        """Say that something may be due."""
        self._dispatching.poke()

    def finish(self) -> None:
        """Begin nothing from now on."""
        self._worker.stop()
        end(self._loops, timeout=0)

    def stop(self, timeout: float) -> None:
        """Wait for what is under way for at most `timeout` seconds, and tell what was left."""
        deadline = time.monotonic() + timeout
        self.finish()
        try:
            self._threads.stop(timeout=int(timeout * 1000))
        except Exception as reason:  # noqa: BLE001 - dramatiq gives messages back to the broker, which may be away
            log.warning("broker.not_told_of_the_end", error=str(reason))
        end(self._loops, max(deadline - time.monotonic(), 0.1))
        if unfinished := sorted(self._worker.active()):
            log.warning("serve.left_unfinished", releases=unfinished, consequence="the next start goes on with them")
