"""Brings to one storage what it lacks: objects of published versions, read from another storage that has a receipt of them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy import Connection

from aslo_core import events as e
from aslo_core.errors import AsloError, ConfigError, Permanent, Transient
from aslo_core.jobs.copier_lock import copier_lock
from aslo_core.jobs.copying import fetch
from aslo_core.log import Entry, EventLog
from aslo_core.projections import copies
from aslo_core.projections.views import reached
from aslo_core.receipts import Backend, Backends
from aslo_core.release.backoff import delay_us
from aslo_core.release.clock import Clock
from aslo_core.release.recordable import recordable
from aslo_core.storing.parallel import in_parallel
from aslo_core.types import Blob

log = structlog.get_logger(__name__)

BATCH = 64
"""Objects that are copied for one event."""


@dataclass
class Round:
    """What one batch came to; its threads write to it.

    Attributes:
        received: objects that the storage has now.
        refused: objects that it cannot be given, each with the reason.
        failure: why the batch was broken off, or None.
    """

    received: list[Blob] = field(default_factory=list)
    refused: list[tuple[Blob, str]] = field(default_factory=list)
    failure: Transient | None = None

    @property
    def size(self) -> int:
        """Bytes that were copied."""
        return sum(blob.size for blob in self.received)


@dataclass(frozen=True)
class _Due:
    """What is to be done: objects, each with the storages to read it from, how often it failed before, and where they go."""

    objects: Sequence[tuple[Blob, Mapping[str, Backend]]]
    failures: int
    target: Backend


class Replicator:
    """Serves one storage.

    On one machine a lock keeps two of them apart; on two machines, what both do is done and recorded twice, to no harm.

    Args:
        name: the storage that is to have everything.
        backends: gives every enabled storage by its name, in the order of `aslo.toml`; a batch goes on with what it began with.
        log: where receipts go.
        snapshot: gives the read models.
        folder: where objects lie on their way, the same for all on one machine.
        clock: the time.
        actor: who asks for it: `aslo`, or `operator` where it is done by hand.
    """

    def __init__(
        self,
        name: str,
        backends: Callable[[], Backends],
        log: EventLog,
        snapshot: Callable[[], AbstractContextManager[Connection]],
        folder: Path,
        clock: Clock,
        actor: str = "aslo",
    ) -> None:
        self._name = name
        self._backends = backends
        self._log = log
        self._snapshot = snapshot
        self._folder = folder
        self._clock = clock
        self._cause = e.Cause(source=f"replicator/{name}", actor=actor)
        self._recorded = -1
        self._tidied = False
        self._nothing_due_at: object = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Begin no further object."""
        self._stopping.set()

    def turn(self) -> None:
        """Copy all that is due now; what is not given up is tried again by a later turn. The first removes what others left.

        Raises:
            LogUnavailable: the log cannot be written; what was copied is found there by a later turn.
        """
        if not self._tidied:
            with copier_lock(self._folder, self._name, wait=False) as way:
                self._tidied = way is not None
        while not self._stopping.is_set() and (due := self._due_now()) is not None:
            with copier_lock(self._folder, self._name, wait=False) as way:
                if way is None:
                    return  # somebody does it by hand
                self._carry_out(due, way)

    def by_hand(self, refresh: Callable[[], object], tried: frozenset[str]) -> Round | None:
        """Copy a batch at once, whatever failed before, parked objects as well; None when nothing more can be copied.

        Args:
            refresh: brings the read models up to date.
            tried: names of objects that were refused before in the same call, and are not to be tried again.

        Raises:
            LogUnavailable: the log cannot be written.
        """
        with copier_lock(self._folder, self._name, wait=True) as way:
            refresh()
            with self._snapshot() as connection:
                due = self._due(connection, self._backends(), parked=True, beside=tried)
            return self._carry_out(due, way) if due.objects and way is not None else None

    def _due_now(self) -> _Due | None:
        backends = self._backends()
        if self._name not in backends:
            return None  # it was taken out, and nobody has told us yet
        with self._snapshot() as connection:
            if reached(connection) < self._recorded:
                return None  # the views will wake us once they know what we did
            stands = copies.standing(connection, self._name)
            if stands.retired or stands.emptied or stands.retry_at_us > self._clock():
                return None
            mark = copies.mark(connection)
            if mark == self._nothing_due_at:
                return None
            due = self._due(connection, backends, parked=False)
        self._nothing_due_at = None if due.objects else mark
        return due if due.objects else None

    def _due(self, connection: Connection, backends: Backends, *, parked: bool, beside: frozenset[str] = frozenset()) -> _Due:
        storages = copies.storages_in_force(connection, backends.tables)
        found = copies.due(connection, self._name, [*backends], BATCH + len(beside), parked=parked)
        objects = [
            (blob, {name: backends[name] for name in copies.holders(connection, blob.name, storages)})
            for blob in found
            if blob.name not in beside
        ]
        return _Due(objects, copies.standing(connection, self._name).failures, backends[self._name])

    def _carry_out(self, due: _Due, way: Path) -> Round:
        done = Round()
        in_parallel(
            lambda one: self._copy(*one, due.target, way, done),
            due.objects,
            goes_on=lambda: done.failure is None and not self._stopping.is_set(),
        )
        self._record(done, due)
        return done

    def _copy(self, blob: Blob, sources: Mapping[str, Backend], target: Backend, way: Path, done: Round) -> None:
        path = way / f"{blob.digest}{blob.suffix}"
        try:
            fetch(blob, sources, path)
            target.keep(blob, path)
        except Permanent as reason:
            log.warning("copy.refused", storage=self._name, name=blob.name, error=str(reason))
            done.refused.append((blob, f"{reason.found} {reason.cure}"))
        except Transient as reason:
            done.failure = reason
        except ConfigError as reason:  # an operator's to mend, which takes its time
            done.failure = Transient(str(reason))
        except Exception as reason:
            log.exception("copy.crashed", storage=self._name, name=blob.name)
            done.failure = Transient(f"{type(reason).__name__}: {reason}")
        else:
            done.received.append(blob)
        finally:
            path.unlink(missing_ok=True)

    def _record(self, done: Round, due: _Due) -> None:
        events: list[e.Event] = []
        if done.received:
            events.append(e.CopiesReceived(objects=tuple(done.received), verified=due.target.verify))
        events.extend(e.CopyRefused(blob=blob, error=recordable(error)) for blob, error in done.refused)
        if done.failure is not None:
            before = 0 if done.received else due.failures
            jitter = random.random()  # noqa: S311 - it spreads load, it guards nothing
            wait_us = delay_us(before, jitter, done.failure.retry_after)
            error = recordable(str(done.failure))
            log.warning("copies.delayed", storage=self._name, error=error, seconds=wait_us // 1_000_000)
            events.append(e.CopiesDelayed(failures=before + 1, error=error, retry_at_us=self._clock() + wait_us))
        if events:
            stream = f"copies/{self._name}"
            appended = self._log.append([Entry(stream, event) for event in events], cause=self._cause)
            self._recorded = appended.events[-1].position


def bring_everything(replicator: Replicator, refresh: Callable[[], object], told: Callable[[Round], None]) -> tuple[str, ...]:
    """Copy by hand until nothing more can be copied; return why single objects could not be.

    Args:
        replicator: of the storage.
        refresh: brings the read models up to date.
        told: hears of each batch.

    Raises:
        AsloError: it was broken off, with the reason; what was copied is recorded.
    """
    refused: dict[str, str] = {}
    while True:
        done = replicator.by_hand(refresh, frozenset(refused))
        if done is None:
            return tuple(refused.values())
        told(done)
        refused |= {blob.name: error for blob, error in done.refused}
        if done.failure is not None:
            raise AsloError(f"{done.failure}; what was copied so far counts: call this again to go on") from done.failure
