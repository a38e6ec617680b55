"""The replicators of a running `aslo serve`: one for each storage, also for those that are added while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import structlog
from sqlalchemy import Connection

from aslo_core.bootstrap.backends import make_backends
from aslo_core.bootstrap.configuration import configure
from aslo_core.bootstrap.in_force import record
from aslo_core.bootstrap.instances import create
from aslo_core.errors import AsloError
from aslo_core.jobs.loop import Loop
from aslo_core.jobs.replicator import Replicator
from aslo_core.log import EventLog
from aslo_core.projections import copies
from aslo_core.receipts.backends import Backends
from aslo_core.release.clock import Clock

log = structlog.get_logger(__name__)

COPYING = "copying"
"""Folder in the data directory where objects lie on their way between storages."""

_TICK_S = 1.0


class Replication:
    """Runs the replicators, and takes up storages whose tables `aslo storage add` wrote meanwhile.

    Args:
        configuration: the file.
        public_url: address that ASLO is reached at, without a slash at the end.
        backends: the storages; those that are taken up are added to them.
        events: the log.
        snapshot: gives the read models.
        folder: where objects lie on their way.
        clock: the time.
    """

    def __init__(
        self,
        configuration: Path,
        public_url: str,
        backends: Backends,
        events: EventLog,
        snapshot: Callable[[], AbstractContextManager[Connection]],
        folder: Path,
        clock: Clock,
    ) -> None:
        self._configuration = configuration
        self._public_url = public_url
        self._backends = backends
        self._events = events
        self._snapshot = snapshot
        self._folder = folder
        self._clock = clock
        self._watch = Loop("storages", self._take_up, _TICK_S)
        self._lock = threading.Lock()
        self._stopping = False
        self._running = [self._replicator(name) for name in backends]
        with snapshot() as connection:
            self._seen = copies.newest_addition(connection)

    def start(self) -> None:
        """Start the threads."""
        for _, loop in self._running:
            loop.start()
        self._watch.start()

    def poke(self) -> None:
        """Say that there may be something to do."""
        for _, loop in self._running:
            loop.poke()
        self._watch.poke()

    def stop(self, timeout: float) -> None:
        """Begin no further object; wait for those under way for at most `timeout` seconds for each storage."""
        with self._lock:
            self._stopping = True
        for replicator, _ in self._running:
            replicator.stop()
        for _, loop in self._running:
            loop.stop(timeout)
        self._watch.stop(timeout)

    def _replicator(self, name: str) -> tuple[Replicator, Loop]:
        replicator = Replicator(name, self._backends, self._events, self._snapshot, self._folder, self._clock)
        return replicator, Loop(f"replicator-{name}", replicator.turn, _TICK_S)

    def _take_up(self) -> None:
        with self._snapshot() as connection:
            newest = copies.newest_addition(connection)
        if newest <= self._seen:
            return
        self._seen = newest
        try:
            configured = configure(self._configuration)
            new = [instance for instance in configured.settings.of("storage") if instance.name not in self._backends]
            made = create(configured.settings, configured.plugins, self._public_url, new)["storage"]
            added = make_backends(configured.settings, made)
        except AsloError as reason:
            log.warning("storage.not_taken_up", error=str(reason), cure="mend the configuration, then start anew")
            return
        record(self._events, configured)
        self._backends.add(added)
        with self._lock:
            for name in () if self._stopping else added:
                running = self._replicator(name)
                self._running = [*self._running, running]
                running[1].start()
                log.info("storage.taken_up", storage=name)
