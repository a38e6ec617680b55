"""Looks again and again at what builds stand on, and says when they pause and when they go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import structlog
from sqlalchemy import Connection

from aslo_core.jobs.rest import nobody_has_room
from aslo_core.log import LogUnavailable
from aslo_core.projections import waits
from aslo_core.projections.copies import storages_in_force
from aslo_core.receipts import Backends
from aslo_core.release.pressure import Ground, Pause, StorageFailing, why_paused

log = structlog.get_logger(__name__)


class Gauge:
    """Judges anew whether builds pause at each `look`.

    Args:
        folder: the data folder.
        keep_free: bytes that are to stay free on its disk; 0 for none.
        log_error: tells why the log cannot be written, empty while it can.
        broker_error: tells why the broker does not answer, empty while it does.
        snapshot: gives the read models.
        storages: gives the enabled storages.
        held: gives who holds what, of all that share the log.

    Attributes:
        pause: the newest judgement; every thread may read it.
    """

    def __init__(
        self,
        folder: Path,
        keep_free: int,
        log_error: Callable[[], str],
        broker_error: Callable[[], str],
        snapshot: Callable[[], AbstractContextManager[Connection]],
        storages: Callable[[], Backends],
        held: Callable[[], Mapping[str, str]],
    ) -> None:
        self._folder = folder
        self._keep_free = keep_free
        self._log_error = log_error
        self._broker_error = broker_error
        self._snapshot = snapshot
        self._storages = storages
        self._held = held
        self.pause = Pause()

    def look(self) -> None:
        """Look, and judge."""
        before, log_error, broker_error = self.pause, self._log_error(), self._broker_error()
        free = shutil.disk_usage(self._folder).free
        failing, emptied = self._storages_wrong()
        ground = Ground(
            free=free,
            log_error=log_error,
            broker_error=broker_error,
            storages=failing,
            emptied=emptied,
            no_worker_has_room=self._no_worker_has_room(),
        )
        self.pause = why_paused(ground, self._keep_free, before)
        kinds = {(reason.kind, reason.about) for reason in self.pause.reasons}
        if kinds - {(reason.kind, reason.about) for reason in before.reasons}:
            log.warning("builds.paused", why=list(self.pause.words), log_error=log_error, broker_error=broker_error)
        elif before.reasons and not kinds:
            log.warning("builds.resumed")

    def _no_worker_has_room(self) -> bool:
        try:
            return nobody_has_room(self._held())
        except LogUnavailable:
            return False  # that alone is a reason

    def _storages_wrong(self) -> tuple[tuple[StorageFailing, ...], tuple[str, ...]]:
        """Tell which storages fail and which are emptied, of those that new releases need.

        One that is not required any more holds up old runs alone.
        """
        with self._snapshot() as connection:
            required = storages_in_force(connection, self._storages().tables).required
            failing, emptied = waits.storages_failing(connection), waits.storages_emptied(connection)
        return (
            tuple(
                StorageFailing(name=one.name, failures=one.failures, error=one.error) for one in failing if one.name in required
            ),
            tuple(name for name in emptied if name in required),
        )
