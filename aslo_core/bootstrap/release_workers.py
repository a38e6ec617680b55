"""The threads that do the work of releases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack

import dramatiq
import structlog

from aslo_core.bootstrap.crew import end
from aslo_core.bootstrap.equipment import Equipment
from aslo_core.bootstrap.shared import Shared
from aslo_core.config import Settings
from aslo_core.errors import AsloError
from aslo_core.jobs.broker import make_listeners
from aslo_core.jobs.holding import ALONE, TURNS, WORKERS, Holding
from aslo_core.jobs.loop import Loop
from aslo_core.jobs.never_raising import never_raising
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.endings import Endings
from aslo_core.release.worker import Worker

log = structlog.get_logger(__name__)


INTERRUPT_S = 1.0
"""So long before the end of a stop the steps under way are told to end, so that no process or container of theirs is left."""


class ReleaseWorkers:
    """Works on the releases that are rung for.

    Args:
        settings: how many work at the same time, and how long a lease is.
        in_force: gives the equipment in force.
        shared: the log and what lies beside it.
        broker: what rings.
        labels: of the builders to work for.
        give_up: called with words once the log holds what this program cannot read.
        closing: gives the lease back at the end.
        is_resting: tells whether nothing new is begun.

    Raises:
        AsloError: somebody works on the storages by hand.
    """

    def __init__(
        self,
        settings: Settings,
        in_force: Callable[[], Equipment],
        shared: Shared,
        broker: dramatiq.Broker,
        labels: Collection[str],
        give_up: Callable[[str], None],
        closing: ExitStack,
        is_resting: Callable[[], bool],
    ) -> None:
        seconds = settings.processes.lease_seconds
        self._holding = Holding(shared.leases, f"{WORKERS}{shared.name}", shared.name, seconds)
        closing.callback(self._holding.end)
        self._holding.turn()
        if holder := shared.leases.held(ALONE).get(ALONE):
            raise AsloError(f"{holder} works on the storages, and nobody else may meanwhile: wait for its end")
        endings = Endings(shared.events)
        closing.callback(endings.close)
        self._worker = Worker(
            ReleaseDesk(shared.events),
            lambda: in_force().steps,
            shared.build_logs,
            shared.name,
            endings,
            shared.clock,
            may_claim=lambda: self._holding.held,
        )
        self._loops = (
            Loop("lease", self._holding.turn, seconds / TURNS),
            Loop("claims in doubt", self._worker.settle, seconds / TURNS),
        )
        work = never_raising(self._worker, give_up)
        self._threads = make_listeners(broker, labels, work, settings.build.workers, is_resting)

    def left_behind(self) -> Mapping[str, int]:
        """Count the steps that nobody waits for any more and that go on all the same, by their names."""
        return self._worker.left_behind()

    def start(self) -> None:
        """Start the threads."""
        for loop in self._loops:
            loop.start()
        self._threads.start()

    def finish(self) -> None:
        """Claim nothing from now on."""
        self._worker.stop()

    def stop(self, timeout: float) -> None:
        """Wait for what is under way for `timeout` seconds, the last of which it has to clear up; tell what was left."""
        deadline = time.monotonic() + timeout
        self.finish()
        hurry = threading.Timer(max(timeout - INTERRUPT_S, 0), self._worker.interrupt)
        hurry.start()
        try:
            self._threads.stop(timeout=int(timeout * 1000))
        except Exception as reason:  # noqa: BLE001 - dramatiq gives messages back to the broker, which may be away
            log.warning("broker.not_told_of_the_end", error=str(reason))
        hurry.cancel()
        self._worker.interrupt()
        end(self._loops, max(deadline - time.monotonic(), 0.1))
        if unfinished := sorted(self._worker.unfinished()):
            log.warning("serve.left_unfinished", releases=unfinished, consequence="the next start goes on with them")
