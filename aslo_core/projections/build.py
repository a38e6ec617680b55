"""Makes read models anew, beside those that are in use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from aslo_core.events import Recorded
from aslo_core.failpoints import failpoint
from aslo_core.log import EventLog
from aslo_core.projections.applying import apply_batch, begin
from aslo_core.projections.projection import Projection, bookkeeping
from aslo_core.projections.views import open_scratch

BATCH = 4000
"""Events that share a transaction: a tenth of a second's work, so that the read models in use are kept up in between."""


class Build:
    """Read models on their way from the beginning of the log, in a database of their own.

    An event that cannot be applied ends it. Excepted are those that are known to be parked: the same code fails on them again,
    and without them no erasure could be carried out until the code is mended.

    Args:
        path: a file that does not exist; whoever makes this removes it.
        events: the log.
        projections: the read models to make.
        known: name of a projection, and id of an event that this version of it could not apply.
    """

    def __init__(
        self,
        path: Path,
        events: EventLog,
        projections: Sequence[Projection],
        *,
        known: Collection[tuple[str, str]] = (),
    ) -> None:
        self.projections = tuple(projections)
        self.engine = open_scratch(path)
        self.position = -1
        self._events = events
        self._known = frozenset(known)
        head = events.head()  # before anything is read: what is erased up to here will be read as erased
        with self.engine.begin() as connection:
            bookkeeping.create_all(connection, checkfirst=False)
            for projection in self.projections:
                begin(connection, projection, head)
            failpoint("projections.begin.before")
        failpoint("projections.begin.after")

    def advance(self, until: int | None = None) -> bool:
        """Apply the next batch; tell whether there may be more.

        Args:
            until: position of the last event to apply; none means all that the log holds.

        Raises:
            ProjectionFailed: an event cannot be applied.
            UnreadableEvent: the log holds an event that this program cannot read.
            LogUnavailable: the log cannot be read.
        """
        count = BATCH if until is None else min(BATCH, until - self.position)
        batch = list(self._events.read_all(self.position, limit=max(count, 0)))
        if not batch:
            return False
        with self.engine.begin() as connection:
            for projection in self.projections:
                apply_batch(connection, projection, batch, self._is_parked)
            failpoint("projections.build.before")
        failpoint("projections.build.after")
        self.position = batch[-1].position
        return True

    def close(self) -> None:
        """Close the database."""
        self.engine.dispose()

    def _is_parked(self, projection: Projection, recorded: Recorded) -> bool:
        return (projection.name, recorded.id) in self._known
