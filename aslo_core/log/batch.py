"""One write transaction: each append of a batch under its own savepoint, so that one that cannot be done fails alone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from aslo_core.errors import AsloError, Permanent
from aslo_core.events import Recorded
from aslo_core.log.draft import Draft
from aslo_core.log.leaf import NO_METADATA
from aslo_core.log.placement import Earlier, Placed, Tip, place, require_same_content
from aslo_core.log.reading import with_key
from aslo_core.log.schema import bodies, events


@dataclass(frozen=True)
class Appended:
    """What an append came to.

    Attributes:
        events: its events as they stand in the log.
        duplicate: whether an earlier append with the same key and content had appended them already.
    """

    events: tuple[Recorded, ...]
    duplicate: bool


Outcome = Appended | Exception


class Batch:
    """Writes appends one behind the other, on a connection whose transaction has the write lock.

    Args:
        connection: lent by `Database.write`.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._tip = _tip(connection)
        self._versions: dict[str, int] = {}

    def write(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Write all that can be written; an outcome that is an error concerns its own append alone.

        Raises:
            OperationalError: the database fails, so the whole transaction does.
        """
        return [self._outcome(draft) for draft in drafts]

    def _outcome(self, draft: Draft) -> Outcome:
        try:
            with _savepoint(self._connection):
                return self._append(draft)
        except OperationalError:
            raise
        except DBAPIError as error:
            return _refused(draft, error)
        except (AsloError, LookupError, ValueError, TypeError, OverflowError) as error:
            return error

    def _append(self, draft: Draft) -> Appended:
        if draft.key and (earlier := _earlier(self._connection, draft.cause.source, draft.key)):
            require_same_content(draft, earlier)
            return Appended(with_key(self._connection, draft.cause.source, draft.key), duplicate=True)
        streams = {*draft.expect, *(event.stream for event in draft.events)}
        self._learn_versions(streams)
        placed = place(draft, self._tip, self._versions, time.time_ns() // 1000)
        _insert(self._connection, placed)
        if draft.erases:
            _erase(self._connection, draft.erases)
        self._tip = Tip(placed[-1].position, placed[-1].envelope.recorded_us)
        self._versions.update((item.envelope.stream, item.envelope.version) for item in placed)
        return Appended(tuple(item.recorded() for item in placed), duplicate=False)

    def _learn_versions(self, streams: Iterable[str]) -> None:
        for stream in streams:
            if stream not in self._versions:
                self._versions[stream] = self._connection.execute(_VERSION, {"stream": stream}).scalar_one()


_VERSION = sa.select(sa.func.coalesce(sa.func.max(events.c.version), 0)).where(events.c.stream == sa.bindparam("stream"))
_TIP = sa.select(events.c.position, events.c.recorded_us).order_by(events.c.position.desc()).limit(1)
_EARLIER = (
    sa.select(events.c.position, events.c.stream, events.c.type, events.c.schema, events.c.body_digest, bodies.c.salt)
    .select_from(events.outerjoin(bodies, events.c.position == bodies.c.position))
    .where(events.c.source == sa.bindparam("source"), events.c.key == sa.bindparam("key"), events.c.key != "")
    .order_by(events.c.position)
)
_ERASE = sa.delete(bodies).where(
    bodies.c.position == sa.select(events.c.position).where(events.c.id == sa.bindparam("erased")).scalar_subquery()
)


@contextmanager
def _savepoint(connection: sa.Connection) -> Iterator[None]:
    connection.exec_driver_sql("SAVEPOINT append")
    try:
        yield
    except OperationalError:  # the database fails: it may have ended the transaction itself, and the batch ends with it
        raise
    except Exception:
        connection.exec_driver_sql("ROLLBACK TO append")
        connection.exec_driver_sql("RELEASE append")
        raise
    connection.exec_driver_sql("RELEASE append")


def _tip(connection: sa.Connection) -> Tip:
    row = connection.execute(_TIP).one_or_none()
    return Tip(-1, 0) if row is None else Tip(row.position, row.recorded_us)


def _earlier(connection: sa.Connection, source: str, key: str) -> list[Earlier]:
    rows = connection.execute(_EARLIER, {"source": source, "key": key})
    return [Earlier(row.position, row.stream, row.type, row.schema, row.body_digest, row.salt) for row in rows]


def _insert(connection: sa.Connection, placed: Sequence[Placed]) -> None:
    connection.execute(sa.insert(events), [_event_row(item) for item in placed])
    connection.execute(sa.insert(bodies), [_body_row(item) for item in placed])


def _erase(connection: sa.Connection, event_id: str) -> None:
    connection.execute(_ERASE, {"erased": event_id})


def _refused(draft: Draft, error: DBAPIError) -> Permanent:
    streams = ", ".join(sorted({event.stream for event in draft.events}))
    return Permanent(
        "log.refused",
        f"The database refused an append to {streams}: {error.orig}.",
        "This is a fault of ASLO's own: report it with this message.",
    )


def _event_row(item: Placed) -> dict[str, object]:
    envelope = item.envelope
    return {
        "position": item.position,
        "id": envelope.id,
        "stream": envelope.stream,
        "version": envelope.version,
        "type": envelope.type,
        "schema": envelope.schema,
        "recorded_us": envelope.recorded_us,
        "source": envelope.source,
        "key": envelope.key,
        "actor": envelope.actor,
        "correlation": envelope.correlation,
        "causation": envelope.causation,
        "metadata": NO_METADATA,
        "body_digest": envelope.body_digest,
        "leaf": item.leaf,
    }


def _body_row(item: Placed) -> dict[str, object]:
    draft = item.draft
    return {"position": item.position, "salt": draft.salt, "size": len(draft.body), "deflated": draft.deflated}
