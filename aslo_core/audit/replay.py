"""Replaying the log: every read model made anew, from the first event on, and held against the ones in use.

Nobody is told anything and nothing is stored: projections are pure. What is made lies in a file without a name, which is gone
with the process, however that ends.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from aslo_core.audit.differences import differences
from aslo_core.audit.replayed import Replayed, ReplayedProjection
from aslo_core.errors import Transient
from aslo_core.events import BodyErased
from aslo_core.log import EventLog
from aslo_core.projections import Projection, Views, digest
from aslo_core.projections.build import Build
from aslo_core.projections.projection import parked, positions
from aslo_core.projections.standing import each_position, known_parked, of_another_log, unreadable
from aslo_core.projections.views import reached


def replay(
    log: EventLog,
    views: Views,
    projections: Sequence[Projection],
    folder: Path,
    *,
    until: int | None = None,
    progress: Callable[[int, int], None] = lambda _position, _last: None,
) -> Replayed:
    """Make every read model anew and compare it with the one in use.

    Args:
        log: the log; only read.
        views: the read models in use; only read.
        projections: the read models.
        folder: where there is room for as much as the read models take.
        until: position of the last event to apply; none means that of the read models in use, or the log's head where they
            cannot be read. Only at their own position there is something to compare with.
        progress: told after each batch the position reached and the last one.

    Raises:
        ProjectionFailed: an event cannot be applied, and it is not one that those in use go on without.
        UnreadableEvent: the log holds an event that this program cannot read.
        LogUnavailable: the log cannot be read.
        Transient: there is no room for them, or they cannot be written.
    """
    begun = time.monotonic()
    known, stand = _in_use(views, projections)
    last = until if until is not None else log.head() if stand is None else stand
    with _build(folder, log, projections, known) as build:
        while build.advance(last):
            progress(build.position, last)
        seconds = time.monotonic() - begun
        try:
            with views.snapshot() as in_use:
                reason = _why_not_compared(in_use, log, projections)
                while until is None and not reason and build.advance(reached(in_use)):
                    pass  # what came meanwhile
                stand = reached(in_use)
                if not reason and build.position != stand:
                    reason = f"the read models in use stand at position {stand}"
                compared = () if reason else tuple(_compared(in_use, build, one) for one in build.projections)
                hint = _hint(in_use, log) if any(one.verdict == "different" for one in compared) else ""
        except Transient as error:
            reason, compared, hint = str(error), (), ""
        return Replayed(
            position=build.position,
            events=build.position + 1,
            seconds=round(seconds, 3),
            projections=compared or tuple(_made(build, one) for one in build.projections),
            not_compared=reason,
            hint=hint,
        )


@contextmanager
def _build(folder: Path, log: EventLog, projections: Sequence[Projection], known: list[tuple[str, str]]) -> Iterator[Build]:
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix="replay-") as place:
            build = Build(Path(place) / "views.db", log, projections, known=known)
        with closing(build):  # its name is gone; what is open stays until it is closed
            yield build
    except (OperationalError, OSError) as error:
        found = error.orig if isinstance(error, OperationalError) else error.strerror
        cure = "see that there is room, and that it may be written"
        raise Transient(f"the read models cannot be made beside those in use, in {folder} ({found}): {cure}") from error


def _in_use(views: Views, projections: Sequence[Projection]) -> tuple[list[tuple[str, str]], int | None]:
    """Tell what the read models in use go on without, and where they stand: None where they cannot be read."""
    try:
        with views.snapshot() as connection:
            if unreadable(connection, projections):
                return [], None
            return known_parked(connection, projections), reached(connection)
    except Transient:
        return [], None


def _why_not_compared(in_use: Connection, log: EventLog, projections: Sequence[Projection]) -> str:
    if missing := unreadable(in_use, projections):
        return f"the read models in use are missing, or another version of ASLO made them ({', '.join(missing)})"
    if other := of_another_log(in_use, log):
        return f"the read models in use were made of another log ({', '.join(other)})"
    if len({*each_position(in_use).values()}) > 1:
        return "the read models in use do not stand at one position"
    return ""


def _made(build: Build, projection: Projection) -> ReplayedProjection:
    with build.engine.connect() as made:
        rows = sum(made.scalar(select(func.count()).select_from(table)) or 0 for table in projection.sorted_tables)
        return ReplayedProjection(
            name=projection.name,
            rows=rows,
            digest=digest(made, projection),
            verdict="not compared",
            parked=_parked(made, projection),
        )


def _compared(in_use: Connection, build: Build, projection: Projection) -> ReplayedProjection:
    made = _made(build, projection)
    if digest(in_use, projection) == made.digest:
        return msgspec.structs.replace(made, verdict="same")
    with build.engine.connect() as replayed:
        tables = differences(in_use, replayed, projection)
    return msgspec.structs.replace(made, verdict="different", tables=tables)


def _parked(connection: Connection, projection: Projection) -> tuple[int, ...]:
    query = select(parked.c.position).where(parked.c.projection == projection.name).order_by(parked.c.position)
    return tuple(connection.scalars(query))


def _hint(in_use: Connection, log: EventLog) -> str:
    """Explain differences by an erasure that has not reached the read models in use."""
    rebuilt_at = min(in_use.scalars(select(positions.c.rebuilt_at)))
    erasure = next(iter(log.read_all(rebuilt_at, types=[BodyErased.event_name], limit=1)), None)
    if erasure is None:
        return ""
    return (
        f"a body was erased at position {erasure.position}, and the read models in use were made before: `aslo serve` makes"
        " them anew when it comes to that; replay again then"
    )
