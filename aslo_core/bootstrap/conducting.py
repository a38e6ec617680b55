"""Conducting: one process at a time decides what is due, tells developers and copies between storages."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack

import dramatiq

from aslo_core.bootstrap.crew import Crew, end
from aslo_core.bootstrap.equipment import Equipment
from aslo_core.bootstrap.positions import Positions
from aslo_core.bootstrap.questions import Questions
from aslo_core.bootstrap.shared import Shared
from aslo_core.config import Settings
from aslo_core.jobs.broker import make_doorbell
from aslo_core.jobs.claims import DeadClaims
from aslo_core.jobs.dispatcher import Dispatcher
from aslo_core.jobs.gauge import Gauge
from aslo_core.jobs.holding import CONDUCTOR, TURNS, WORKERS, Holding
from aslo_core.jobs.loop import Loop
from aslo_core.release.desk import ReleaseDesk


class Conducting:
    """Does what only who leads may do, as long as this process leads.

    Whoever has led until now may not know yet that it does not any more: what two of them do at the same time is safe, since
    claims are fenced and all that is done outside is looked for first. It is only done twice.

    Args:
        settings: how many work at the same time, and how long a lease is.
        in_force: gives the equipment in force.
        shared: the log and what lies beside it.
        questions: asks the read models.
        broker: rings for the workers.
        gauge: tells whether releases are begun.
        public_url: address that ASLO is reached at, without a slash at the end.
        is_sole: whether no other process can work on this log: what is claimed when this one starts is held by nobody.
        closing: gives the lease back at the end.
    """

    def __init__(
        self,
        settings: Settings,
        in_force: Callable[[], Equipment],
        shared: Shared,
        questions: Questions,
        broker: dramatiq.Broker,
        gauge: Gauge,
        public_url: str,
        *,
        is_sole: bool,
        closing: ExitStack,
    ) -> None:
        seconds, leases = settings.processes.lease_seconds, shared.leases
        claims = DeadClaims(
            ReleaseDesk(shared.events),
            questions.claimed,
            lambda: frozenset(leases.held(WORKERS).values()),
            shared.name,
        )
        if is_sole:
            claims.give_up_all()
        ring = make_doorbell(broker)

        def ring_for(stream: str) -> None:
            labels = {name: builder.label for name, builder in in_force().configured.settings.builders.items()}
            ring(stream, labels.get(questions.builder_of(stream), "") if any(labels.values()) else "")

        dispatcher = Dispatcher(
            questions.snapshot,
            ring_for,
            workers=settings.build.workers,
            cap=lambda: in_force().configured.settings.build.cap,
            pause=lambda: gauge.pause,
            clock=shared.clock,
        )
        self._holding = Holding(leases, CONDUCTOR, shared.name, seconds)
        closing.callback(self._holding.end)
        self._leading = Loop("conductor", self._lead, seconds / TURNS)
        self._sweeping = Loop("leases", leases.sweep, seconds * 100)
        positions = Positions(
            in_force,
            shared.events,
            questions,
            public_url,
            shared.clock,
            lambda: self._holding.held,
            claims,
            dispatcher,
            seconds,
        )
        self._crew = Crew(positions.wanted)

    def start(self) -> None:
        """Start the threads."""
        self._leading.start()
        self._sweeping.start()
        self._crew.start()

    def poke(self) -> None:
        """Tell everybody that there may be something to do."""
        self._crew.poke()

    def look(self) -> None:
        """Say that others may be wanted now."""
        self._crew.look()

    def stop(self, timeout: float) -> None:
        """End the threads; wait for that for at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        self._crew.stop(timeout)
        # Waited for, since a turn after the lease was given back would take it again.
        end((self._leading, self._sweeping), max(deadline - time.monotonic(), 0))

    def _lead(self) -> None:
        led = self._holding.held
        self._holding.turn()
        if led != self._holding.held:
            self._crew.look()
