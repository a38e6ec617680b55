"""Finds what a source's host told in vain: asks the source again and again, and has the intake record what the log lacks."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import structlog
from sqlalchemy import Connection

from aslo_core import events as e
from aslo_core.errors import AsloError, Transient
from aslo_core.log import Entry, EventLog, LogUnavailable
from aslo_core.projections import deliveries, reconciliations, releases
from aslo_core.release.backoff import delay_us
from aslo_core.release.clock import Clock
from aslo_core.release.intake import Intake, Receipt
from aslo_core.release.reconciliation import Known, missing
from aslo_core.release.recordable import recordable
from aslo_core.types import Announced, Withdrawn

log = structlog.get_logger(__name__)

OVERLAP_US = 86_400_000_000
"""So much of what was asked for before is asked for again: a host may be slow to list something, and its clock may differ."""
_SECOND_US = 1_000_000
_SOON_US = 20 * _SECOND_US
_JITTER = 0.1
_BEFORE_FIRST = 6
"""Failures that count before the first one, so that the first wait is about a minute."""


class Reconciler:
    """Serves one source, in a thread of its own, so that one that fails or is slow holds up no other.

    Several at the same time, of which one may be `aslo reconcile`, start nothing twice: the intake knows what was recorded.

    Args:
        name: the source's name in `aslo.toml`.
        source: gives the source as it is in force now; None where it is not.
        intake: gives what records deliveries.
        log: where the outcome goes.
        snapshot: gives the read models.
        clock: the time.
        every_us: gives the time between two reconciliations, in µs.
        jitter: gives random numbers from 0 to 1, so that not all come at once.
    """

    def __init__(
        self,
        name: str,
        source: Callable[[], object],
        intake: Callable[[], Intake],
        log: EventLog,
        snapshot: Callable[[], AbstractContextManager[Connection]],
        clock: Clock,
        every_us: Callable[[], int],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._name = name
        self._source = source
        self._intake = intake
        self._log = log
        self._snapshot = snapshot
        self._clock = clock
        self._every_us = every_us
        self._jitter = jitter
        self._failures = 0
        self._due_us: int | None = None

    def turn(self) -> None:
        """Reconcile where that is due: some seconds after a start, then once in each interval, sooner after a failure.

        Raises:
            LogUnavailable: the log cannot be read or written; it is due still.
        """
        if self._due_us is None:
            self._due_us = self._first_due()
        if self._clock() < self._due_us:
            return
        since_us = self.since()
        try:
            self.reconcile(since_us, "aslo")
        except LogUnavailable:
            raise
        except AsloError as reason:
            self._delay(str(reason), reason.retry_after if isinstance(reason, Transient) else None)
        except Exception as reason:
            log.exception("reconciliation.crashed", source=self._name)
            self._delay(f"{type(reason).__name__}: {reason}", None)
        else:
            self._failures = 0
            self._due_us = self._clock() + int(self._every_us() * (1 + self._jitter() * _JITTER))

    def reconcile(
        self, since_us: int, actor: str, told: Callable[[Announced | Withdrawn, Receipt], object] = lambda *_: None
    ) -> None:
        """Ask the source at once, record what the log lacks, and then that it was asked.

        Args:
            since_us: what is older is not asked for, in µs since 1970 UTC.
            actor: who asks for it: `aslo`, or `operator` where it is done by hand.
            told: called with each finding and what became of it.

        Raises:
            Transient: the source could not be asked for everything; what was found is recorded.
            LogUnavailable: the log cannot be read or written.
        """
        began_us, intake, found = self._clock(), self._intake(), 0
        for verdict in self.missing(since_us, began_us):
            receipt = intake.receive(self._name, verdict, verdict.delivery_id.encode(), actor=e.RECONCILER)
            if receipt.decision != "duplicate":
                log.warning("delivery.missed", source=self._name, delivery=receipt.delivery_id, decision=receipt.decision)
                told(verdict, receipt)
                found += 1
        log.info("source.reconciled", source=self._name, found=found)
        self._record(e.SourceReconciled(since_us=since_us, until_us=began_us, found=found), actor)

    def missing(self, since_us: int, began_us: int) -> Iterator[Announced | Withdrawn]:
        """Give what the log lacks, and record nothing. Raises as `reconcile` does."""
        with self._snapshot() as connection:
            repositories = releases.repositories(connection, self._name)
        return missing(self._name, self._source(), self._log, Known(repositories, self._is_ignored), since_us, began_us)

    def since(self) -> int:
        """From when on the log may lack something: never from before the source was in force for the first time; in µs."""
        with self._snapshot() as connection:
            row = reconciliations.find(connection, self._name)
        if row is None:
            return self._clock()
        since_us = row.complete_us if row.asked_us is None else max(row.complete_us - OVERLAP_US, row.first_us)
        return since_us // _SECOND_US * _SECOND_US  # hosts tell times in whole seconds

    def _first_due(self) -> int:
        with self._snapshot() as connection:
            row = reconciliations.find(connection, self._name)
        self._failures = row.failures if row is not None else 0
        soon_us = self._clock() + int(_SOON_US * (1 + self._jitter()) / 2)
        return max(soon_us, row.retry_at_us) if row is not None else soon_us

    def _is_ignored(self, stream: str) -> bool:
        with self._snapshot() as connection:
            return deliveries.is_announcement_ignored(connection, stream)

    def _delay(self, error: str, retry_after: float | None) -> None:
        wait_us = delay_us(self._failures + _BEFORE_FIRST, self._jitter(), retry_after)
        self._failures += 1
        self._due_us = self._clock() + wait_us
        log.warning("source.delayed", source=self._name, error=error, seconds=wait_us // 1_000_000)
        self._record(e.SourceDelayed(failures=self._failures, error=recordable(error), retry_at_us=self._due_us), "aslo")

    def _record(self, event: e.SourceReconciled | e.SourceDelayed, actor: str) -> None:
        self._log.append([Entry(f"source/{self._name}", event)], cause=e.Cause(source=f"reconciler/{self._name}", actor=actor))
