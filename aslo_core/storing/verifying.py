"""Reads everything on a storage again, and tells what is missing, altered or extra."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

import structlog
from sqlalchemy import Connection

from aslo_core import events as e
from aslo_core.errors import AsloError, Transient
from aslo_core.failpoints import failpoint
from aslo_core.log import Entry, EventLog
from aslo_core.projections import copies, releases
from aslo_core.receipts import BACKEND, PUBLIC, Altered, Backend, Backends, Missing, confirm
from aslo_core.storing.decisions import storage_stream
from aslo_core.storing.parallel import in_parallel
from aslo_core.storing.parts import MOST, parts
from aslo_core.types import Blob, Value

log = structlog.get_logger(__name__)


class Verified(Value):
    """What was found on a storage.

    Attributes:
        storage: its name.
        objects: how many are as they should be.
        size: bytes of these.
        missing: names of those that the log had a receipt of and that are not there.
        altered: names of those that are there with other bytes.
        mended: names of altered ones that were removed, since another storage has them as they should be.
        found: how many are as they should be and had no receipt; they have one now.
        waiting: how many are neither there nor expected there yet.
        extra: names of what lies there and that nothing published needs.
        deleted: how many of these were deleted.
    """

    storage: str
    objects: int
    size: int
    missing: tuple[str, ...]
    altered: tuple[str, ...]
    mended: tuple[str, ...]
    found: int
    waiting: int
    extra: tuple[str, ...]
    deleted: int = 0

    @property
    def sound(self) -> bool:
        """Whether everything that should be there is, as it should be."""
        return not (self.missing or self.altered)


class Verifier:
    """Reads one storage again, and records what it comes to.

    Args:
        backend: the storage.
        backends: every enabled storage by its name.
        events: the log.
        snapshot: gives the read models.
        refresh: brings these up to date.
    """

    def __init__(
        self,
        backend: Backend,
        backends: Backends,
        events: EventLog,
        snapshot: Callable[[], AbstractContextManager[Connection]],
        refresh: Callable[[], object],
    ) -> None:
        self._backend = backend
        self._backends = backends
        self._events = events
        self._snapshot = snapshot
        self._refresh = refresh
        self._lock = threading.Lock()
        self._sound: list[Blob] = []
        self._found: list[Blob] = []
        self._missing: list[Blob] = []
        self._altered: list[Blob] = []
        self._mended: list[Blob] = []
        self._waiting = 0

    def verify(self, by: str, *, may_delete: Callable[[], bool] = lambda: False) -> Verified:
        """Read every object, and record what was found: what is missing or altered loses its receipt, and is copied again.

        What is altered is removed where another storage has it as it should be, since names never change their bytes.

        Args:
            by: the operator's name.
            may_delete: asked before each object that nothing needs whether to delete it; only while nobody else works on
                releases.

        Raises:
            AsloError: the storage cannot be read now; nothing was recorded.
            LogUnavailable: the log cannot be used.
        """
        self._refresh()
        with self._snapshot() as connection:  # before it is listed: what has a receipt was there by then
            unneeded = copies.received_unneeded(connection, self._backend.name)
        listed = set(self._backend.storage.names())
        self._refresh()
        for page in self._pages():
            with self._snapshot() as connection:
                having = copies.received(connection, self._backend.name, [blob.name for blob in page])
            expected = [(blob, blob.name in having) for blob in page if blob.name in having or blob.name in listed]
            self._waiting += len(page) - len(expected)
            in_parallel(lambda one: self._look_at(*one), expected)
        self._refresh()  # what lies there may be needed by now
        extra = sorted(self._extra(listed))
        for blob in self._altered:
            self._mend(blob)
        self._record()
        deleted = [self._delete(name) for name in extra if may_delete()]
        # Also of what was deleted by one that did not live to record it.
        gone = [_named(name) for name in sorted(unneeded - listed) if self._backend.storage.stat(name) is None]
        self._revoke([*gone, *deleted], ())
        verified = Verified(
            storage=self._backend.name,
            objects=len(self._sound),
            size=sum(blob.size for blob in self._sound),
            missing=_names(self._missing),
            altered=_names(self._altered),
            mended=_names(self._mended),
            found=len(self._found),
            waiting=self._waiting,
            extra=tuple(extra),
            deleted=len(deleted),
        )
        self._append(storage_stream(self._backend.name), _event(verified, by))
        return verified

    def _pages(self) -> Iterator[tuple[Blob, ...]]:
        after = ""
        while True:
            with self._snapshot() as connection:
                page = copies.all_wanted(connection, after, MOST)
            if not page:
                return
            yield page
            after = page[-1].name

    def _look_at(self, blob: Blob, expected: bool) -> None:
        try:
            self._confirm(blob)
        except Missing:
            with self._lock:
                if expected:
                    self._missing.append(blob)
                else:
                    self._waiting += 1
        except Altered as reason:
            log.warning("storage.altered", storage=self._backend.name, name=blob.name, found=reason.found)
            with self._lock:
                self._altered.append(blob)
        except Transient as reason:
            raise AsloError(f"storage {self._backend.name} cannot be read to its end now: {reason}") from reason
        else:
            with self._lock:
                self._sound.append(blob)
                if not expected:
                    self._found.append(blob)

    def _confirm(self, blob: Blob) -> None:
        backend = self._backend
        try:
            confirm(backend.storage, blob, backend.verify)
        except Altered as reason:
            if backend.verify != PUBLIC:
                raise
            confirm(backend.storage, blob, BACKEND)
            raise AsloError(
                f"storage {backend.name} itself has {blob.name} as it should be, but its public address gives something else"
                f" ({reason.found}): look at what serves that address"
            ) from reason

    def _mend(self, blob: Blob) -> None:
        """Remove an altered object where another storage in service surely has it as it should be."""
        with self._snapshot() as connection:
            in_force = copies.storages_in_force(connection, self._backends.tables)
            holders = copies.holders(connection, blob.name, in_force)
        for name in holders:
            if name == self._backend.name:
                continue
            try:
                confirm(self._backends[name].storage, blob, BACKEND)
                failpoint("storage.mend.before")
                self._backend.storage.delete(blob.name)
                failpoint("storage.mend.after")
            except AsloError as reason:
                log.warning("storage.not_mended", storage=self._backend.name, name=blob.name, source=name, error=str(reason))
            else:
                self._mended.append(blob)
                return

    def _extra(self, listed: set[str]) -> set[str]:
        with self._snapshot() as connection:
            open_streams = [stream for stream, _ in releases.open_runs(connection)]
            needed = (copies.needed(connection, part, open_streams) for part in parts(sorted(listed)))
            return listed - set().union(*needed)

    def _delete(self, name: str) -> Blob:
        size = self._backend.storage.stat(name) or 0
        failpoint("storage.delete-extra.before")
        self._backend.storage.delete(name)
        failpoint("storage.delete-extra.after")
        return _named(name, size)

    def _record(self) -> None:
        for part in parts(self._found):
            self._append(self._copies, e.CopiesReceived(objects=part, verified=self._backend.verify))
        self._revoke(self._missing, self._altered)

    def _revoke(self, missing: Iterable[Blob], altered: Iterable[Blob]) -> None:
        for part in parts(missing):
            self._append(self._copies, e.CopiesLost(missing=part, altered=()))
        for part in parts(altered):
            self._append(self._copies, e.CopiesLost(missing=(), altered=part))

    @property
    def _copies(self) -> str:
        return f"copies/{self._backend.name}"

    def _append(self, stream: str, event: e.Event) -> None:
        self._events.append([Entry(stream, event)], cause=e.Cause(source="operator", actor="operator"))


def _event(verified: Verified, by: str) -> e.StorageVerified:
    return e.StorageVerified(
        objects=verified.objects,
        size=verified.size,
        missing=len(verified.missing),
        altered=len(verified.altered),
        found=verified.found,
        waiting=verified.waiting,
        extra=len(verified.extra),
        deleted=verified.deleted,
        by=by,
    )


def _named(name: str, size: int = 0) -> Blob:
    """Give the object of that name; the size of one that is gone is not known."""
    digest, _, suffix = name.partition("/")[2].partition(".")
    return Blob(digest=digest, size=size, suffix=f".{suffix}")


def _names(blobs: Iterable[Blob]) -> tuple[str, ...]:
    return tuple(sorted(blob.name for blob in blobs))
