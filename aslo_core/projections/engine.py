"""Carries events from the log into the read models, each exactly once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import structlog
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import OperationalError

from aslo_core.errors import AsloError, Transient
from aslo_core.events import BodyErased, Recorded
from aslo_core.log import EventLog
from aslo_core.projections.projection import Projection, bookkeeping, positions
from aslo_core.projections.views import open_writer

log = structlog.get_logger(__name__)

_BATCH = 500
_PAUSE_SECONDS = 1.0


class ProjectionFailed(AsloError):
    """A projection could not apply an event: a fault in its code, never in the log."""


class Projector:
    """Keeps `views.db` up to date with the log. One per installation; a second one would be told so by the guard.

    Args:
        views: path of `views.db`; made when missing.
        events: the log to read.
        projections: the read models to keep.
        batch: how many events share one transaction at most.
    """

    def __init__(self, views: Path, events: EventLog, projections: Sequence[Projection], *, batch: int = _BATCH) -> None:
        self._writer = open_writer(views)
        self._events = events
        self._projections = tuple(projections)
        self._batch = batch
        self._prepared = False

    def catch_up(self) -> int:
        """Apply all that the log holds now and return the position reached, -1 for an empty log.

        Raises:
            ProjectionFailed: a projection could not apply an event; nothing of that batch is kept.
            LookupError: the log holds a type of event that this program does not know; leaving it out would make the read
                models wrong for good.
            Transient: the log or `views.db` cannot be used now.
        """
        try:
            self._prepare()
            while self._advance():
                pass
            return self._reached()
        except OperationalError as error:
            raise Transient(f"views.db cannot be written now: {error.orig}", retry_after=_PAUSE_SECONDS) from error

    def run(self, stop: threading.Event, caught_up: Callable[[], None]) -> None:
        """Follow the log until `stop` is set. What has piled up is applied many to a transaction.

        Args:
            stop: ends it.
            caught_up: called whenever the read models have come to show all that the log held.

        Raises:
            ProjectionFailed, LookupError: as `catch_up`; waiting would not help.
        """
        while not stop.is_set():
            try:
                reached = self.catch_up()
                caught_up()
                next(self._events.tail(reached, stop), None)
            except Transient as error:
                log.warning("projections.paused", error=str(error))
                stop.wait(error.retry_after or _PAUSE_SECONDS)

    def close(self) -> None:
        """Close `views.db`."""
        self._writer.dispose()

    def _prepare(self) -> None:
        if self._prepared:
            return
        head = self._events.head()
        with self._writer.begin() as connection:
            bookkeeping.create_all(connection)
            known = {row.name: row for row in connection.execute(select(positions))}
            for projection in self._projections:
                row = known.get(projection.name)
                if row is None or row.schema_version != projection.version:
                    log.info("projection.rebuilding", projection=projection.name, version=projection.version)
                    _begin_anew(connection, projection, head)
                elif not self._is_of_this_log(row.position, row.event):
                    log.warning("projection.of_another_log", projection=projection.name, position=row.position, head=head)
                    _begin_anew(connection, projection, head)
        self._prepared = True

    def _is_of_this_log(self, position: int, event_id: str) -> bool:
        """Whether the event that a projection applied last stands in the log: not so once an older log was put back."""
        if position < 0:
            return True
        found = next(iter(self._events.read_all(position - 1, limit=1)), None)
        return found is not None and found.id == event_id

    def _advance(self) -> bool:
        """Apply one batch; tell whether there may be more."""
        batch = list(islice(self._events.read_all(self._reached()), self._batch))
        if not batch:
            return False
        with self._writer.begin() as connection:
            rows = {row.name: row for row in connection.execute(select(positions))}
            for projection in self._projections:
                _apply(connection, projection, rows[projection.name], batch)
        return self._rebuild_what_was_erased(batch)

    def _rebuild_what_was_erased(self, batch: Sequence[Recorded]) -> bool:
        """Begin anew wherever rows were made of a body that has been erased since. Always tells to go on."""
        erasures = [recorded.position for recorded in batch if isinstance(recorded.event, BodyErased)]
        if erasures:
            head = self._events.head()
            with self._writer.begin() as connection:
                rebuilt = {row.name: row.rebuilt_at for row in connection.execute(select(positions))}
                for projection in self._projections:
                    if max(erasures) > rebuilt[projection.name]:
                        log.info("projection.rebuilding", projection=projection.name, erasure=max(erasures))
                        _begin_anew(connection, projection, head)
        return True

    def _reached(self) -> int:
        names = [projection.name for projection in self._projections]
        with self._writer.connect() as connection:
            found = connection.scalars(select(positions.c.position).where(positions.c.name.in_(names)))
            reached: int = min(found, default=self._events.head())
            return reached


def _begin_anew(connection: Connection, projection: Projection, head: int) -> None:
    projection.tables.drop_all(connection)
    projection.tables.create_all(connection)
    connection.execute(positions.delete().where(positions.c.name == projection.name))
    row = {"name": projection.name, "schema_version": projection.version, "position": -1, "event": "", "rebuilt_at": head}
    connection.execute(insert(positions).values(row))


def _apply(connection: Connection, projection: Projection, row: Row[tuple[object, ...]], batch: Sequence[Recorded]) -> None:
    """Apply what this projection has not seen, and move its position from exactly where it stood."""
    new = [recorded for recorded in batch if recorded.position > row.position]
    if not new:
        return
    for recorded in new:
        if recorded.event is None:
            continue  # erased: what it told is gone for good
        try:
            projection.apply(connection, recorded)
        except OperationalError:
            raise
        except Exception as error:
            what = f"{recorded.event.event_name} at position {recorded.position}"
            raise ProjectionFailed(f"projection {projection.name} could not apply {what}: {error!r}") from error
    moved = connection.execute(
        update(positions)
        .where(positions.c.name == projection.name, positions.c.position == row.position)
        .values(position=new[-1].position, event=new[-1].id)
    )
    if moved.rowcount != 1:
        raise ProjectionFailed(f"projection {projection.name} is being moved by somebody else from position {row.position}")
