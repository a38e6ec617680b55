"""The event log: append, read, follow."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from types import TracebackType
from typing import Self

import structlog

from aslo_core.errors import Permanent
from aslo_core.events import Cause, Recorded
from aslo_core.log import reading, schema
from aslo_core.log.database import Database, Watch, Where
from aslo_core.log.draft import Entry, draft_append, draft_erasure
from aslo_core.log.errors import VersionConflict, damaged
from aslo_core.log.growth import Growth
from aslo_core.log.hint import RedisHint
from aslo_core.log.names import ERASURES
from aslo_core.log.opening import database_at
from aslo_core.log.outcome import Appended
from aslo_core.log.soundness import fault_at_an_end
from aslo_core.log.writer import Writer

log = structlog.get_logger(__name__)


class EventLog:
    """What happened, in order, for good. One object per process is enough; every method may be called from any thread.

    Made by `open`. Nothing is started before the first append, so a log may be opened before a server forks.
    """

    def __init__(self, database: Database, *, redis_url: str = "") -> None:
        self._database = database
        self._growth = Growth()
        self._hint = RedisHint(redis_url, database.name, self._growth.announce)
        self._writer = Writer(database, self._committed)
        self._closed = False

    @classmethod
    def open(cls, where: Where, *, patience: float = 4.0, redis_url: str = "") -> EventLog:
        """Open a log that exists.

        Args:
            where: the file `log.db`, or the address of a PostgreSQL database.
            patience: seconds that an append waits for another process's write lock.
            redis_url: address of a Redis by which processes let each other know of commits; without one they look for them.

        Raises:
            LogNotReady: it is absent, damaged, needs a migration, was made by a newer ASLO, or its guards are gone.
            LogUnavailable: it cannot be read.
        """
        with closing(database_at(where, patience=patience)) as database:
            database.require_ready()
            with database.read() as connection:
                fault = fault_at_an_end(connection)
            if fault:
                raise damaged(database.name, fault)
        return cls(database_at(where, patience=patience), redis_url=redis_url)

    def append(
        self, entries: Sequence[Entry], *, cause: Cause, expect: Mapping[str, int] | None = None, key: str = ""
    ) -> Appended:
        """Append events to one or several streams: all of them or none. Returns once they are on the disk.

        Args:
            entries: at least one event, in the order in which they are to stand in the log.
            cause: why and by whom.
            expect: stream → version that it must be at now, 0 for one without events; streams not named may be at any.
            key: idempotency key, unique within `cause.source`. An append that repeats an earlier one (same key, streams,
                types and bodies) writes nothing, whatever it expects, and returns the earlier events.

        Raises:
            ValueError: there is nothing to append.
            Permanent: something can never be recorded: a stream's name, a value that is not of its type, too long an envelope.
            VersionConflict: a stream is at another version.
            IdempotencyConflict: the key was used for something else.
            LogUnavailable: the database cannot be written.
        """
        return self._writer.append(draft_append(entries, cause, expect or {}, key))

    @property
    def failing(self) -> bool:
        """Whether the last attempt of this object to write failed because the database could not be written."""
        return self._writer.failing

    def read(self, stream: str, after: int = 0) -> Iterator[Recorded]:
        """Read a stream's events with a version beyond `after`, in order.

        Raises:
            LookupError: an event is of a type that this program does not know.
            LogUnavailable: the database cannot be read.
        """
        return reading.stream_from(self._database, stream, after)

    def read_all(self, after: int = -1, types: Collection[str] = (), limit: int | None = None) -> Iterator[Recorded]:
        """Read the events of all streams at a position beyond `after`, in order.

        Args:
            after: position that was seen last, -1 for none.
            types: names of the types to read; empty means all.
            limit: how many at most.

        Raises:
            LookupError: an event is of a type that this program does not know.
            LogUnavailable: the database cannot be read.
        """
        return reading.log_from(self._database, after, types, limit)

    def tail(self, after: int, stop: threading.Event, types: Collection[str] = (), apart: float = 0.0) -> Iterator[Recorded]:
        """Read the events of all streams beyond a position, then those to come, without a gap, until told to stop.

        What this process appends is seen at once. What others append is looked for, at first every few milliseconds and then
        less often, down to some times a second; a hint brings it at once. Ends within that time once `stop` is set or the
        log is closed.

        Args:
            after: position that was seen last, -1 for none.
            stop: ends it.
            types: names of the types to read; empty means all.
            apart: shortest pause between two looks, in seconds, for who need not see each event at once: so much later it is
                seen.

        Raises:
            LookupError: an event is of a type that this program does not know.
            LogUnavailable: the database cannot be read.
        """
        self._hint.listen()
        with self._database.watch() as watch:
            while not (stop.is_set() or self._closed):
                commits, mark = self._growth.commits, watch.mark()
                head = self.head() if types else after  # what is beyond it may be of these types, whatever comes meanwhile
                for recorded in self.read_all(after, types):
                    if stop.is_set() or self._closed:
                        return
                    yield recorded
                    after = recorded.position
                after = max(after, head)
                stop.wait(apart)
                self._await_change(watch, commits, mark, stop)

    def await_event(self, after: int, stop: threading.Event) -> None:
        """Wait until there is an event beyond a position, or until told to stop; how soon that is seen, `tail` says.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        self._hint.listen()
        with self._database.watch() as watch:
            commits, mark = self._growth.commits, watch.mark()
            while self.head() <= after and not (stop.is_set() or self._closed):
                self._await_change(watch, commits, mark, stop)
                commits, mark = self._growth.commits, watch.mark()

    def _await_change(self, watch: Watch, commits: int, mark: object, stop: threading.Event) -> None:
        """Wait for a commit after those that were counted and marked, or until told to stop."""
        pause = watch.shortest
        while commits == self._growth.commits and mark == watch.mark() and not (stop.is_set() or self._closed):
            self._growth.wait(commits, pause)
            pause = min(2 * pause, watch.longest)

    def misfit(self) -> str:
        """Say why this program cannot work on the log any more, once a newer one has migrated it; empty while it can.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        with self._database.read() as connection:
            return schema.misfit(connection)

    def head(self) -> int:
        """Return the position of the newest event, -1 when there is none.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        with self._database.read() as connection:
            return reading.head(connection)

    def newest_us(self) -> int:
        """Return the time of the newest event, µs since 1970 UTC; 0 when there is none.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        with self._database.read() as connection:
            return reading.newest_us(connection)

    def find(self, event_id: str) -> Recorded | None:
        """Return the event that has this id, if there is one.

        Raises:
            LookupError: it is of a type that this program does not know.
            LogUnavailable: the database cannot be read.
        """
        with self._database.read() as connection:
            return next(iter(reading.with_ids(connection, [event_id])), None)

    def erase(self, event_id: str, reason: str, cause: Cause) -> None:
        """Remove the body of an event for good, and record that in the same transaction; its leaf stays.

        An event whose body was erased before stays as it is. What other files hold (backups, projections) is not
        touched: projections follow from the event `body.erased`.

        Args:
            event_id: the event's id.
            reason: why, without personal data: this one stays.
            cause: why and by whom.

        Raises:
            Permanent: there is no such event, or it is itself the record of an erasure.
            LogUnavailable: the database cannot be written.
        """
        found = self.find(event_id)
        if found is None:
            raise Permanent("log.no-such-event", f"There is no event {event_id}.", "Take the id from `aslo log show`.")
        if found.stream.startswith(ERASURES):
            raise Permanent(
                "log.erasure", f"Event {event_id} records an erasure.", "Such events stay; erase what they do not name."
            )
        try:
            self._writer.append(draft_erasure(event_id, reason, cause))
        except VersionConflict:
            log.info("log.erased_before", erased=event_id)
        if not self._database.scrub():
            log.warning("log.erased_body_left", erased=event_id, database=self._database.name)

    def close(self) -> None:
        """Write what waits to be written and close the database. Appending afterwards raises LogUnavailable."""
        self._writer.close()
        self._closed = True
        self._growth.announce()
        self._hint.close()
        self._database.close()

    def _committed(self) -> None:
        self._growth.announce()
        self._hint.tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()
