"""Holds what one storage lists against its receipts, again and again: what went away behind ASLO's back is copied again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

import structlog
from sqlalchemy import Connection

from aslo_core import events as e
from aslo_core.errors import AsloError
from aslo_core.log import Entry, EventLog
from aslo_core.projections import copies
from aslo_core.receipts import Backends
from aslo_core.release.clock import Clock
from aslo_core.storing.parallel import in_parallel
from aslo_core.storing.parts import MOST, parts
from aslo_core.types import Blob, Storage

log = structlog.get_logger(__name__)

_SHOWN = 10
_SOONER = 10
"""A storage that cannot be listed is asked again after this part of the interval."""
_JITTER = 0.1


class Inventory:
    """Serves one storage, in a thread of its own, since listing it may take long.

    Only names are compared; whether the bytes behind them are the right ones is for `aslo storage verify`, which reads them.

    Args:
        name: the storage.
        backends: gives every enabled storage by its name.
        log: where the outcome goes.
        snapshot: gives the read models.
        clock: the time.
        every_us: gives the time between two comparisons, in µs.
        jitter: gives random numbers from 0 to 1, so that not all come at once.
    """

    def __init__(
        self,
        name: str,
        backends: Callable[[], Backends],
        log: EventLog,
        snapshot: Callable[[], AbstractContextManager[Connection]],
        clock: Clock,
        every_us: Callable[[], int],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._name = name
        self._backends = backends
        self._log = log
        self._snapshot = snapshot
        self._clock = clock
        self._every_us = every_us
        self._jitter = jitter
        self._tried_us: int | None = None
        self._share = self._drawn()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Look at no further object."""
        self._stopping.set()

    def turn(self) -> None:
        """Compare where that is due: an interval after the last time, sooner where the storage could not be listed.

        Raises:
            LogUnavailable: the log cannot be written; it is tried again a little later.
        """
        backends = self._backends()
        if self._name not in backends or not self._is_due():
            return
        self._tried_us = self._clock()
        self._share = self._drawn()
        try:
            found = self._compare(backends[self._name].storage)
        except AsloError as reason:
            log.warning("storage.not_listed", storage=self._name, error=str(reason))
        except Exception:
            log.exception("inventory.crashed", storage=self._name)
        else:
            if found and not self._stopping.is_set():
                cause = e.Cause(source=f"inventory/{self._name}", actor="aslo")
                self._log.append([Entry(f"copies/{self._name}", event) for event in found], cause=cause)

    def _is_due(self) -> bool:
        with self._snapshot() as connection:
            stands = copies.standing(connection, self._name)
        if stands.retired:
            return False
        every_us = int(self._every_us() * self._share)
        compared_us, now = stands.compared_us, self._clock()
        if self._tried_us is not None and now < self._tried_us + every_us // _SOONER:
            return False
        return compared_us is None or now >= compared_us + every_us

    def _drawn(self) -> float:
        """Draw the part of the interval after which it is due: once for each time, or the smallest of many draws would win."""
        return 1 - self._jitter() * _JITTER

    def _compare(self, storage: Storage) -> tuple[e.Event, ...]:
        """Give what is to be recorded; nothing where there is no receipt yet."""
        unseen = {blob.name: blob for blob in self._received()}  # before it is listed: what has a receipt was there by then
        expected = len(unseen)
        if not expected:
            return ()
        for name in storage.names():
            unseen.pop(name, None)
        missing = self._confirmed(storage, unseen.values())
        if emptied := len(missing) == expected:
            log.error("storage.emptied", storage=self._name, objects=expected)
        elif missing:
            log.warning(
                "storage.objects_missing",
                storage=self._name,
                names=[blob.name for blob in missing[:_SHOWN]],
                number=len(missing),
            )
        lost = () if emptied else (e.CopiesLost(missing=part, altered=()) for part in parts(missing))
        return (*lost, e.CopiesCompared(there=expected - len(missing), missing=len(missing), emptied=emptied))

    def _received(self) -> Iterator[Blob]:
        after = ""
        while True:
            with self._snapshot() as connection:
                page = copies.all_received(connection, self._name, after, MOST)
            yield from page
            if len(page) < MOST:
                return
            after = page[-1].name

    def _confirmed(self, storage: Storage, unlisted: Iterable[Blob]) -> list[Blob]:
        """Those that are not there when they are asked for one by one either: a listing may be older than what it lists."""
        missing: list[Blob] = []

        def look(blob: Blob) -> None:
            if storage.stat(blob.name) is None:
                missing.append(blob)

        in_parallel(look, unlisted, goes_on=lambda: not self._stopping.is_set())
        return sorted(missing, key=lambda blob: blob.name)
