"""What the threads of `aslo serve` ask the read models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from aslo_core.jobs.claims import HeldClaim
from aslo_core.projections import copies, notices, releases
from aslo_core.projections.views import Views

log = structlog.get_logger(__name__)


class Questions:
    """Asks the read models, each time as they are then.

    Args:
        views: the read models.
        broken: called where they cannot be read: damaged ones are made again at the next start.
    """

    def __init__(self, views: Views, broken: Callable[[], None]) -> None:
        self._views = views
        self._broken = broken

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read at one moment."""
        try:
            with self._views.snapshot() as connection:
                yield connection
        except DatabaseError:
            log.exception("views.broken")
            self._broken()
            raise

    def builder_of(self, stream: str) -> str:
        """Name the builder of a release's newest run; empty for one that is not known."""
        with self.snapshot() as connection:
            row = releases.find(connection, stream)
            return row.builder if row is not None else ""

    def claimed(self) -> Sequence[HeldClaim]:
        """Give every claim."""
        with self.snapshot() as connection:
            return [HeldClaim(row.stream, row.attempt, row.worker) for row in releases.claimed(connection)]

    def due_notices(self, notifier: str, now_us: int) -> Sequence[notices.NoticeRow]:
        """Give what is due to be told by a notifier."""
        with self.snapshot() as connection:
            return notices.due(connection, notifier, now_us)

    def notifiers_with_work(self) -> Sequence[str]:
        """Name the notifiers that have something to tell, now or later."""
        with self.snapshot() as connection:
            return notices.notifiers_with_work(connection)

    def newest_storage(self) -> int:
        """Position of the last event that told of a new storage, -1 for none."""
        with self.snapshot() as connection:
            return copies.newest_addition(connection)
