"""Who should be at work with the equipment in force: whom the crew starts and ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aslo_core.bootstrap.crew import Wanted
from aslo_core.bootstrap.databases import copying_folder
from aslo_core.bootstrap.equipment import Equipment
from aslo_core.bootstrap.intake import make_intake
from aslo_core.bootstrap.observers import Observing, are_there
from aslo_core.bootstrap.questions import Questions
from aslo_core.jobs.claims import DeadClaims
from aslo_core.jobs.dispatcher import Dispatcher
from aslo_core.jobs.herald import Herald
from aslo_core.jobs.holding import TURNS
from aslo_core.jobs.inventory import Inventory
from aslo_core.jobs.loop import Loop
from aslo_core.jobs.reconciler import Reconciler
from aslo_core.jobs.replicator import Replicator
from aslo_core.log import EventLog
from aslo_core.release.clock import Clock

_TICK_S = 1.0
_APART_S = 0.5
"""Between two looks of those whom nobody waits for: each event of each release would wake all of them."""
_COPYING_APART_S = 0.05
"""The same where a batch is followed by the next one as soon as the read models show it."""


@dataclass(frozen=True)
class Positions:
    """Tells who should be at work.

    Attributes:
        in_force: gives the equipment in force.
        events: the log.
        questions: asks the read models.
        public_url: address that ASLO is reached at, without a slash at the end.
        clock: the time.
        leads: tells whether this process leads: nobody is at work in one that does not.
        claims: finds claims of workers that are gone.
        dispatcher: rings for what is due.
        lease_s: seconds that a lease lasts.
    """

    in_force: Callable[[], Equipment]
    events: EventLog
    questions: Questions
    public_url: str
    clock: Clock
    leads: Callable[[], bool]
    claims: DeadClaims
    dispatcher: Dispatcher
    lease_s: float

    def wanted(self) -> Wanted:
        """Nobody where this process does not lead; else all of them.

        There is a herald also for a notifier that is gone and has work left; reconcilers and inventories only where sources and
        storages are to be asked.
        """
        if not self.leads():
            return {}
        now = self.in_force()
        notifiers = dict.fromkeys((*now.notifiers, *self.questions.notifiers_with_work()))
        return {
            "dispatcher": lambda: Loop("dispatcher", self.dispatcher.turn, _TICK_S),
            "claims": lambda: Loop("claims", self.claims.turn, self.lease_s / TURNS, apart=min(_APART_S, self.lease_s / TURNS)),
            **{f"herald-{name}": partial(self._herald, name) for name in notifiers},
            **{f"replicator-{name}": partial(self._replicator, name) for name in now.storages},
            **(self._asking(now) if self._every_us() else {}),
            **({"observers": self._observers} if are_there(now.configured.plugins) else {}),
        }

    def _asking(self, now: Equipment) -> Wanted:
        return {
            **{f"reconciler-{name}": partial(self._reconciler, name) for name in now.listing},
            **{f"inventory-{name}": partial(self._inventory, name) for name in now.storages},
        }

    def _herald(self, name: str) -> Loop:
        herald = Herald(
            name, lambda: self.in_force().telling(name), self.events, self.questions.due_notices, self.public_url, self.clock
        )
        return Loop(f"herald-{name}", herald.turn, _TICK_S)

    def _replicator(self, name: str) -> Loop:
        folder = copying_folder(self.in_force().configured.settings)
        replicator = Replicator(
            name, lambda: self.in_force().storages, self.events, self.questions.snapshot, folder, self.clock
        )
        return Loop(f"replicator-{name}", replicator.turn, _TICK_S, cut_short=replicator.stop, apart=_COPYING_APART_S)

    def _inventory(self, name: str) -> Loop:
        inventory = Inventory(
            name,
            lambda: self.in_force().storages,
            self.events,
            self.questions.snapshot,
            self.clock,
            self._every_us,
        )
        return Loop(f"inventory-{name}", inventory.turn, _TICK_S, cut_short=inventory.stop, apart=_APART_S)

    def _reconciler(self, name: str) -> Loop:
        reconciler = Reconciler(
            name,
            lambda: self.in_force().listing.get(name),
            lambda: make_intake(self.in_force().configured, self.events),
            self.events,
            self.questions.snapshot,
            self.clock,
            self._every_us,
        )
        return Loop(f"reconciler-{name}", reconciler.turn, _TICK_S, apart=_APART_S)

    def _every_us(self) -> int:
        return self.in_force().configured.settings.reconcile.every_minutes * 60_000_000

    def _observers(self) -> Loop:
        stop = threading.Event()
        observing = Observing(self.events, lambda: self.in_force().configured.plugins)
        return Loop("observers", lambda: observing.observe(stop), _TICK_S, cut_short=stop.set)
