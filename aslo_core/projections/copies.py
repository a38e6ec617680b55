"""Read model: which storage has which object, by receipts in the log, and what still has to be copied where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, select

from aslo_core.events import (
    BundleStored,
    CopiesCompared,
    CopiesDelayed,
    CopiesLost,
    CopiesReceived,
    CopyRefused,
    Event,
    Recorded,
    StorageAdded,
    StorageRestored,
    StorageRetired,
    StorageSwitched,
    StorageVerified,
    VersionPublished,
)
from aslo_core.projections.copy_tables import (
    CopyCounts,
    CopyStanding,
    StorageRow,
    receipts,
    refusals,
    storages,
    tables,
    wanted,
)
from aslo_core.projections.projection import Projection
from aslo_core.projections.rows import Rows
from aslo_core.receipts.in_force import Standing, Storages, in_force
from aslo_core.types import Blob

_NOTHING_WRONG = {"failures": 0, "error": "", "retry_at_us": 0}


def apply(rows: Rows, recorded: Recorded) -> None:
    """Note what is wanted, what is where, and what was decided of storages."""
    match recorded.event:
        case VersionPublished() as event:
            for blob in (event.bundle, *event.pictures):
                rows.keep(wanted, {"name": blob.name, "blob": blob, "size": blob.size, "position": recorded.position})
        case BundleStored(storage=storage, objects=objects, verified=verified):
            _receive(rows, recorded, storage, objects, verified)
            _stands(rows, recorded, storage, _NOTHING_WRONG)
        case CopiesReceived(objects=objects, verified=verified):
            storage = _storage(recorded)
            _receive(rows, recorded, storage, objects, verified)
            _stands(rows, recorded, storage, _NOTHING_WRONG)
        case CopiesLost(missing=missing, altered=altered):
            _lose(rows, _storage(recorded), [blob.name for blob in (*missing, *altered)])
            _stands(rows, recorded, _storage(recorded), {})
        case CopyRefused(blob=blob, error=error):
            row = {"name": blob.name, "storage": _storage(recorded), "error": error, "recorded_us": recorded.recorded_us}
            rows.put(refusals, row)
            _stands(rows, recorded, _storage(recorded), {})
        case CopiesDelayed(failures=failures, error=error, retry_at_us=retry_at_us):
            wrong = {"failures": failures, "error": error, "retry_at_us": retry_at_us}
            _stands(rows, recorded, _storage(recorded), wrong)
        case CopiesCompared(emptied=emptied):
            _stands(rows, recorded, _storage(recorded), {"emptied": emptied, "compared_us": recorded.recorded_us})
        case StorageVerified():
            _stands(rows, recorded, _storage(recorded), {"emptied": False, "compared_us": recorded.recorded_us})
        case StorageAdded():
            _stands(rows, recorded, _storage(recorded), {"added": recorded.position})
        case StorageSwitched():
            _stands(rows, recorded, _storage(recorded), {"switched": recorded.position})
        case StorageRetired():
            _stands(rows, recorded, _storage(recorded), {"retired": True, **_NOTHING_WRONG})
        case StorageRestored():
            _stands(rows, recorded, _storage(recorded), {"retired": False})
        case _:
            return


_TYPES: frozenset[type[Event]] = frozenset(
    {
        *(VersionPublished, BundleStored, CopiesReceived, CopiesLost, CopyRefused, CopiesDelayed, CopiesCompared),
        *(StorageAdded, StorageSwitched, StorageRetired, StorageRestored, StorageVerified),
    }
)

PROJECTION = Projection("copies", 2, tables, _TYPES, apply)


def _storage(recorded: Recorded) -> str:
    return recorded.stream.partition("/")[2]


def _receive(rows: Rows, recorded: Recorded, storage: str, objects: Sequence[Blob], verified: str) -> None:
    release = recorded.stream if isinstance(recorded.event, BundleStored) else ""
    told = {"storage": storage, "verified": verified, "release": release, "recorded_us": recorded.recorded_us}
    for blob in objects:
        rows.put(receipts, {"name": blob.name, **told})
    parked = [blob.name for blob in objects if rows.find(refusals, blob.name, storage) is not None]
    if parked:
        rows.sql().execute(delete(refusals).where(refusals.c.storage == storage, refusals.c.name.in_(parked)))


def _lose(rows: Rows, storage: str, names: list[str]) -> None:
    connection = rows.sql()
    for table in (receipts, refusals):
        connection.execute(delete(table).where(table.c.storage == storage, table.c.name.in_(names)))


def _stands(rows: Rows, recorded: Recorded, storage: str, changed: dict[str, Any]) -> None:
    changes = {"position": recorded.position, **changed}
    if not rows.change(storages, (storage,), changes):
        born = {
            "storage": storage,
            "retired": False,
            "switched": -1,
            "added": -1,
            "emptied": False,
            "compared_us": None,
            **_NOTHING_WRONG,
        }
        rows.add(storages, born | changes)


# --- queries ------------------------------------------------------------------------------------------------------------


def standing(connection: Connection, storage: str) -> StorageRow:
    """How a storage stands; one that was never heard of stands as it begins."""
    row = connection.execute(_STANDING, {"storage": storage}).mappings().one_or_none()
    return StorageRow(**row) if row else StorageRow(storage=storage)


def storages_in_service(connection: Connection) -> tuple[str, ...]:
    """Name the storages that the log knows and that are not retired."""
    return tuple(connection.scalars(select(storages.c.storage).where(~storages.c.retired).order_by(storages.c.storage)))


def newest_addition(connection: Connection) -> int:
    """Position of the last event that told of a new table, -1 for none."""
    found: int | None = connection.scalar(select(func.max(storages.c.added)))
    return -1 if found is None else found


def storages_in_force(connection: Connection, configured: Sequence[tuple[str, bool]]) -> Storages:
    """Tell which storages are in force.

    Args:
        connection: a snapshot of the views.
        configured: the enabled storages in the order of `aslo.toml`: name, and whether the table requires it.
    """
    found = connection.execute(_DECIDED)
    return in_force(configured, {row.storage: Standing(retired=row.retired, switched=row.switched) for row in found})


def holders(connection: Connection, name: str, storages: Storages) -> tuple[str, ...]:
    """Name the storages to read an object from, in the order in which they are to be tried: only those with a receipt of it.

    One that nothing could be copied to of late comes behind the others. A retired one is among them only where no other has it.
    """
    having = set(connection.scalars(select(receipts.c.storage).where(receipts.c.name == name)))
    failing = _failing(connection)
    active = tuple(sorted((storage for storage in storages.active if storage in having), key=failing.__contains__))
    return active or tuple(storage for storage in storages.retired if storage in having)


def received_us(connection: Connection, name: str) -> dict[str, int]:
    """When the receipt of an object was recorded, for each storage that has one, in µs since 1970 UTC."""
    found = connection.execute(select(receipts.c.storage, receipts.c.recorded_us).where(receipts.c.name == name))
    return {row.storage: row.recorded_us for row in found}


def due(connection: Connection, storage: str, sources: Collection[str], limit: int, *, parked: bool) -> tuple[Blob, ...]:
    """Objects that are wanted on a storage and can be copied from another one, the oldest first.

    Args:
        connection: a snapshot of the views.
        storage: where they are to be.
        sources: the storages that can be read.
        limit: how many at most.
        parked: whether those that the storage could not be given are tried again.
    """
    others = frozenset(sources) - {storage}
    return tuple(connection.scalars(_due(storage, others, parked), {"number": limit})) if others else ()


def mark(connection: Connection) -> object:
    """Something that changes whenever more may have come to be due."""
    return connection.execute(_MARK).one()


def all_wanted(connection: Connection, after: str = "", limit: int = 1000) -> tuple[Blob, ...]:
    """Objects of published versions by their names, beginning behind one."""
    query = select(wanted.c.blob).where(wanted.c.name > after).order_by(wanted.c.name).limit(limit)
    return tuple(connection.scalars(query))


def all_received(connection: Connection, storage: str, after: str, limit: int) -> tuple[Blob, ...]:
    """Objects of published versions that a storage has a receipt of, by their names, beginning behind one."""
    query = select(wanted.c.blob).where(wanted.c.name > after, _has(storage)).order_by(wanted.c.name).limit(limit)
    return tuple(connection.scalars(query))


def received(connection: Connection, storage: str, names: Collection[str]) -> frozenset[str]:
    """Those of some objects that a storage has a receipt of."""
    query = select(receipts.c.name).where(receipts.c.storage == storage, receipts.c.name.in_(names))
    return frozenset(connection.scalars(query))


def received_unneeded(connection: Connection, storage: str) -> frozenset[str]:
    """Objects that a storage has a receipt of and no published version needs."""
    published = select(wanted.c.name).where(wanted.c.name == receipts.c.name).exists()
    return frozenset(connection.scalars(select(receipts.c.name).where(receipts.c.storage == storage, ~published)))


def needed(connection: Connection, names: Collection[str], open_streams: Collection[str]) -> frozenset[str]:
    """Those of some objects that a published version needs, or a run that has not ended."""
    published = select(wanted.c.name).where(wanted.c.name.in_(names))
    begun = select(receipts.c.name).where(receipts.c.name.in_(names), receipts.c.release.in_(open_streams))
    return frozenset(connection.scalars(published)) | frozenset(connection.scalars(begun))


def counts(connection: Connection, storage: str) -> CopyCounts:
    """Count the wanted objects that a storage has and lacks."""
    total = connection.scalar(select(func.count()).select_from(wanted)) or 0
    has = select(func.count(), func.coalesce(func.sum(wanted.c.size), 0)).select_from(wanted).where(_has(storage))
    stored, size = connection.execute(has).one()
    parked = select(func.count(), func.coalesce(func.min(refusals.c.error), "")).where(refusals.c.storage == storage)
    refused, error = connection.execute(parked).one()
    return CopyCounts(stored=stored, size=size, missing=total - stored, parked=refused, parked_error=error)


def alone(connection: Connection, storage: str, others: Collection[str]) -> int:
    """Count the wanted objects that a storage has a receipt of, and none of the others."""
    elsewhere = select(receipts.c.name).where(receipts.c.name == wanted.c.name, receipts.c.storage.in_(others)).exists()
    return connection.scalar(select(func.count()).select_from(wanted).where(_has(storage), ~elsewhere)) or 0


def of_objects(connection: Connection, storage: str, names: Collection[str]) -> CopyStanding:
    """How some objects stand on a storage, as one: stored when each is."""
    having = received(connection, storage, names)
    parked = select(func.min(refusals.c.error)).where(refusals.c.storage == storage, refusals.c.name.in_(names))
    return CopyStanding(stored=having >= set(names), error=connection.scalar(parked) or "")


# Those that are asked again and again are made once: making a query takes longer than SQLite takes to answer it.
_STANDING = select(storages).where(storages.c.storage == bindparam("storage"))
_DECIDED = select(storages.c.storage, storages.c.retired, storages.c.switched)
_MARK = select(select(func.max(wanted.c.position)).scalar_subquery(), select(func.max(storages.c.position)).scalar_subquery())


@cache
def _due(storage: str, others: frozenset[str], parked: bool) -> Select[Blob]:
    elsewhere = select(receipts.c.name).where(receipts.c.name == wanted.c.name, receipts.c.storage.in_(others)).exists()
    query = select(wanted.c.blob).where(~_has(storage), elsewhere).order_by(wanted.c.position, wanted.c.name)
    return (query if parked else query.where(~_is_parked(storage))).limit(bindparam("number"))


def _failing(connection: Connection) -> frozenset[str]:
    return frozenset(connection.scalars(select(storages.c.storage).where((storages.c.failures > 0) | storages.c.emptied)))


def _has(storage: str) -> ColumnElement[bool]:
    return select(receipts.c.name).where(and_(receipts.c.name == wanted.c.name, receipts.c.storage == storage)).exists()


def _is_parked(storage: str) -> ColumnElement[bool]:
    return select(refusals.c.name).where(and_(refusals.c.name == wanted.c.name, refusals.c.storage == storage)).exists()
