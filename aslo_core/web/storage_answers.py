"""How far a release is on each storage, for its page and its JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from aslo_core.projections import catalogue, copies
from aslo_core.projections.release_tables import ReleaseRow
from aslo_core.receipts import Backends
from aslo_core.types import Value
from aslo_core.web.words import at


class StorageAnswer(Value):
    """A release on one storage.

    `required` tells whether the release is published only once this storage has it; `state` is `stored` (with receipts for
    all of its objects), `waiting` or `failed`; `reason` tells why it failed, and `retry_at` from when on it is tried again by
    itself, None where it is not.
    """

    name: str
    required: bool
    state: str
    reason: str = ""
    retry_at: datetime | None = None


def storage_answers(connection: Connection, row: ReleaseRow, backends: Backends) -> tuple[StorageAnswer, ...]:
    """Tell how far a release's newest run is on each storage: on all in service once it is published, else on those required.

    Args:
        connection: a snapshot of the views.
        row: the release.
        backends: the enabled storages.
    """
    return tuple(_published(connection, row, backends) if row.state == "published" else _on_its_way(row))


def _published(connection: Connection, row: ReleaseRow, backends: Backends) -> Iterator[StorageAnswer]:
    version = catalogue.find(connection, row.published_bundle_id, row.published_version)
    if version is None:
        return
    names = [blob.name for blob in version.objects]
    active = copies.storages_in_force(connection, backends.tables).active
    for name in dict.fromkeys((*row.required, *active)):
        here, stands = copies.of_objects(connection, name, names), copies.standing(connection, name)
        required = name in row.required
        if here.stored:
            yield StorageAnswer(name=name, required=required, state="stored")
        elif here.error:
            yield StorageAnswer(name=name, required=required, state="failed", reason=here.error)
        elif stands.error:
            again = at(stands.retry_at_us)
            yield StorageAnswer(name=name, required=required, state="failed", reason=stands.error, retry_at=again)
        else:
            yield StorageAnswer(name=name, required=required, state="waiting")


def _on_its_way(row: ReleaseRow) -> Iterator[StorageAnswer]:
    for name in row.required:
        if name in row.stored:
            yield StorageAnswer(name=name, required=True, state="stored")
        elif row.step == f"store:{name}" and row.reason:
            again = at(row.due_at_us) if row.due_at_us is not None else None
            yield StorageAnswer(name=name, required=True, state="failed", reason=row.reason, retry_at=again)
        elif row.state in ("queued", "working", "waiting"):
            yield StorageAnswer(name=name, required=True, state="waiting")
