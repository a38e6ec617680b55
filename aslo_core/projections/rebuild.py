"""A rebuild of read models beside those in use, from its lock to the switch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import structlog

from aslo_core.failpoints import failpoint
from aslo_core.log import EventLog
from aslo_core.projections.build import Build
from aslo_core.projections.projection import Projection
from aslo_core.projections.standing import known_parked
from aslo_core.projections.switch import builder_lock, place_beside, switch
from aslo_core.projections.views import open_writer

log = structlog.get_logger(__name__)


class Rebuild:
    """Goes on batch by batch, so that whoever runs it can keep up the read models in use in between. Closed after use.

    Args:
        views: `views.db`.
        events: the log.
        projections: the read models to make anew.
        lock: the builder's lock, which this takes over.
    """

    def __init__(self, views: Path, events: EventLog, projections: Sequence[Projection], lock: ExitStack) -> None:
        self.done = False
        self._path = views
        self._closing = lock
        self._begun = time.monotonic()
        try:
            self._writer = open_writer(views)
            self._closing.callback(self._writer.dispose)
            self._closing.callback(place_beside(views).unlink, missing_ok=True)
            with self._writer.connect() as connection:
                known = known_parked(connection, projections)
            self._build = self._closing.enter_context(closing(Build(place_beside(views), events, projections, known=known)))
        except BaseException:
            self._closing.close()
            raise
        log.info("projections.rebuilding", projections=[projection.name for projection in projections])

    def step(self) -> None:
        """Apply the next batch; once nothing is left, switch, and be done.

        Raises:
            ProjectionFailed, UnreadableEvent: an event cannot be applied. The read models in use stay as they are.
            Transient: the log cannot be read now.
            OperationalError: the database cannot be written now.
        """
        if not self._build.advance():
            self._switch()

    def close(self) -> None:
        """Remove what was built, unless it was switched to, and let others build."""
        self._closing.close()

    def _switch(self) -> None:
        with self._writer.begin() as connection:  # from here on, nobody moves the read models in use
            while self._build.advance():
                pass
            self._build.close()
            switch(connection, place_beside(self._path), self._build.projections)
            failpoint("projections.switch.before")
        failpoint("projections.switch.after")
        self.done = True
        log.info(
            "projections.rebuilt",
            projections=[projection.name for projection in self._build.projections],
            position=self._build.position,
            seconds=round(time.monotonic() - self._begun, 3),
        )


def begin_rebuild(views: Path, events: EventLog, due: Callable[[], Sequence[Projection]], *, wait: bool) -> Rebuild | None:
    """Begin a rebuild; None is returned where nothing is due or another process builds beside these read models.

    Args:
        views: `views.db`.
        events: the log.
        due: names the read models to make anew; asked once nobody else builds.
        wait: for another process that builds to end.
    """
    with ExitStack() as lock:
        if lock.enter_context(builder_lock(views, wait=wait)) and (projections := due()):
            return Rebuild(views, events, projections, lock.pop_all())
    return None
