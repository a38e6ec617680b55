"""Carries events from the log into the read models, each exactly once, and makes them anew beside where that is due."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import structlog
from sqlalchemy.exc import OperationalError

from aslo_core.errors import Transient
from aslo_core.events import Recorded
from aslo_core.failpoints import failpoint
from aslo_core.log import EventLog
from aslo_core.projections.applying import apply_batch
from aslo_core.projections.projection import Projection, positions
from aslo_core.projections.rebuild import Rebuild, begin_rebuild
from aslo_core.projections.standing import of_another_log, unreadable
from aslo_core.projections.statements import driver_cursor
from aslo_core.projections.switch import remove_leftovers, require_bookkeeping
from aslo_core.projections.views import open_writer, truncate_wal

log = structlog.get_logger(__name__)

_BATCH = 500
_PAUSE_SECONDS = 1.0
_LOOKS, _LOOK_SECONDS = 5, 0.004
"""How often it looks whether anything urgent has come while events gather, and how far apart."""
_PROGRESS = f"SELECT name, position, erased_at, rebuilt_at FROM {positions}"  # noqa: S608


class Projector:
    """Keeps `views.db` up to date with the log. Several on one file, in one or several processes, do each event once.

    Args:
        views: path of `views.db`; made when missing.
        events: the log to read.
        projections: the read models to keep.
        batch: how many events share one transaction at most while the log is followed.
    """

    def __init__(self, views: Path, events: EventLog, projections: Sequence[Projection], *, batch: int = _BATCH) -> None:
        self._path = views
        self._writer = open_writer(views)
        self._events = events
        self._projections = tuple(projections)
        self._batch = batch
        self._prepared = False
        self._rebuild: Rebuild | None = None
        self._wal_holds_erased = True  # of one that was killed, for all that is known

    def make_ready(self) -> int:
        """Make the read models that cannot be read, apply all that the log holds now, and return the position reached.

        Those cannot be read that are not there, that another version of this program made, or that show another log than
        this one. What is due for the sake of erased bodies is left to `catch_up` and `run`: it can be read meanwhile.

        Raises:
            ProjectionFailed: a projection that has to be made anew cannot apply an event. What is in use stays as it is.
            UnreadableEvent: the log holds an event that this program cannot read; leaving it out would make the read models
                wrong for good.
            Transient: the log or `views.db` cannot be used now.
        """
        with _transient():
            self._prepare()
            more = True
            while more:
                reached, more = self._advance()
            self._forget_erased()
            return reached

    def catch_up(self) -> int:
        """Apply all that the log holds now, finish every rebuild that is due, and return the position reached, -1 for none.

        Raises:
            ProjectionFailed, UnreadableEvent, Transient: as `make_ready`.
        """
        reached = self.make_ready()
        while self._rebuild_on(wait=True):
            reached = self.make_ready()
        return reached

    def rebuild(self) -> int:
        """Make every read model anew, beside those in use, and return the position reached.

        Raises:
            ProjectionFailed, UnreadableEvent, Transient: as `make_ready`.
        """
        self.make_ready()
        with _transient():
            self._finish(begin_rebuild(self._path, self._events, lambda: self._projections, wait=True))
        return self.make_ready()

    def run(self, stop: threading.Event, caught_up: Callable[[], None], urgent: Collection[str] = ()) -> None:
        """Follow the log until `stop` is set. What has piled up is applied many to a transaction.

        An event that comes after a while without any is applied at once, and what follows close on it some milliseconds later,
        together: a transaction and a call of `caught_up` for each would take the processor from those who record them. What is
        urgent ends such a pause.

        Args:
            stop: ends it; a rebuild that is under way then is begun again the next time.
            caught_up: called whenever the read models have come to show all that the log held.
            urgent: names of the types of events that somebody waits for.

        Raises:
            ProjectionFailed, UnreadableEvent: as `make_ready`; waiting would not help.
        """
        while not stop.is_set():
            try:
                reached = self.make_ready()
                caught_up()
                if not self._rebuild_on(wait=False):
                    self._gather(reached, stop, urgent)
                    self._events.await_event(reached, stop)
            except Transient as error:
                log.warning("projections.paused", error=str(error))
                stop.wait(error.retry_after or _PAUSE_SECONDS)

    def close(self) -> None:
        """Close `views.db`."""
        self._end_rebuild()
        self._writer.dispose()

    def _gather(self, reached: int, stop: threading.Event, urgent: Collection[str]) -> None:
        for _ in range(_LOOKS):
            if stop.wait(_LOOK_SECONDS) or (urgent and next(self._events.read_all(reached, urgent, limit=1), None)):
                return

    def _prepare(self) -> None:
        if self._prepared:
            return
        with self._writer.begin() as connection:
            require_bookkeeping(connection)
            failpoint("projections.prepare.before")
        failpoint("projections.prepare.after")
        remove_leftovers(self._path)
        if self._not_readable():
            self._finish(begin_rebuild(self._path, self._events, self._not_readable, wait=True))
        self._prepared = True

    def _not_readable(self) -> list[Projection]:
        with self._writer.connect() as connection:
            names = {*unreadable(connection, self._projections), *of_another_log(connection, self._events)}
        return [projection for projection in self._projections if projection.name in names]

    def _advance(self) -> tuple[int, bool]:
        """Apply one batch; give the position reached with it, and tell whether there may be more."""
        reached = self._reached()
        batch = list(self._events.read_all(reached, limit=self._batch))
        if batch:
            reached = batch[-1].position
            with self._writer.begin() as connection:
                for projection in self._projections:
                    apply_batch(connection, projection, batch, _go_on_without)
                failpoint("projections.batch.before")
            failpoint("projections.batch.after")
        return reached, len(batch) == self._batch

    def _reached(self) -> int:
        names = {projection.name for projection in self._projections}
        found = [position for name, position, *_ in self._progress() if name in names]
        return min(found) if found else self._events.head()

    def _progress(self) -> list[tuple[str, int, int, int]]:
        """Name, position, newest erasure and time of building of every read model, in no transaction."""
        with self._writer.connect() as connection, driver_cursor(connection) as cursor:
            cursor.execute(_PROGRESS)
            return list(cursor.fetchall())

    def _with_erased_rows(self) -> list[Projection]:
        """Name those with rows that may have been made of a body that was erased afterwards."""
        names = {name for name, _, erased_at, rebuilt_at in self._progress() if erased_at > rebuilt_at}
        return [projection for projection in self._projections if projection.name in names]

    def _rebuild_on(self, *, wait: bool) -> bool:
        """Go on by one batch with the rebuild that is due; tell whether there is one."""
        with _transient():
            if self._rebuild is None and self._with_erased_rows():
                self._rebuild = begin_rebuild(self._path, self._events, self._with_erased_rows, wait=wait)
            if self._rebuild is None:
                return False
            try:
                self._rebuild.step()
            except BaseException:
                self._end_rebuild()
                raise
            if self._rebuild.done:
                self._end_rebuild()
        return True

    def _finish(self, rebuild: Rebuild | None) -> None:
        if rebuild is not None:
            self._wal_holds_erased = True
            with closing(rebuild):
                while not rebuild.done:
                    rebuild.step()

    def _end_rebuild(self) -> None:
        if self._rebuild is not None:
            self._wal_holds_erased = True
            self._rebuild.close()
            self._rebuild = None

    def _forget_erased(self) -> None:
        """Overwrite what the write-ahead log still holds of rows that were replaced; while somebody reads them, later."""
        if self._wal_holds_erased:
            self._wal_holds_erased = not truncate_wal(self._writer)


@contextmanager
def _transient() -> Iterator[None]:
    """Tell that the database cannot be used now in the words of who may try again."""
    try:
        yield
    except OperationalError as error:
        raise Transient(f"views.db cannot be written now: {error.orig}", retry_after=_PAUSE_SECONDS) from error


def _go_on_without(_projection: Projection, _recorded: Recorded) -> bool:
    """While the log is followed, an event that cannot be applied is parked: one fault must not hold up all releases."""
    return True
