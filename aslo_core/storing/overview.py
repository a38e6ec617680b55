"""How each storage stands and what it has, in one row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from aslo_core.projections import copies
from aslo_core.types import Value


class StorageOverview(Value):
    """One storage.

    Attributes:
        storage: its name.
        primary: whether downloads are read from it first.
        required: whether a release is published only once it has it.
        retired: whether it was taken out of service.
        stored: objects of published versions with a receipt.
        size: bytes of these.
        missing: objects of published versions without one, parked ones among them.
        parked: those that it refused.
        parked_error: why one of these was refused, or empty.
        failures: how often copying to it failed, one after another.
        error: why it failed the last time, or empty.
        retry_at_us: from when on copying is tried again, µs since 1970 UTC; 0 where nothing failed.
        emptied: whether nothing is there of what it had; nothing is copied to it then.
        compared_us: when what it lists was last held against its receipts, µs since 1970 UTC; None for never.
    """

    storage: str
    primary: bool
    required: bool
    retired: bool
    stored: int
    size: int
    missing: int
    parked: int
    parked_error: str
    failures: int
    error: str
    retry_at_us: int
    emptied: bool
    compared_us: int | None


def overview(connection: Connection, tables: Sequence[tuple[str, bool]]) -> tuple[StorageOverview, ...]:
    """Tell how each enabled storage stands, in the order of `aslo.toml`.

    Args:
        connection: a snapshot of the views.
        tables: name of each, and whether its table requires it.
    """
    in_force = copies.storages_in_force(connection, tables)
    rows = []
    for name, _ in tables:
        stands, counted = copies.standing(connection, name), copies.counts(connection, name)
        row = StorageOverview(
            storage=name,
            primary=name == in_force.primary,
            required=name in in_force.required,
            retired=stands.retired,
            stored=counted.stored,
            size=counted.size,
            missing=counted.missing,
            parked=counted.parked,
            parked_error=counted.parked_error,
            failures=stands.failures,
            error=stands.error,
            retry_at_us=stands.retry_at_us,
            emptied=stands.emptied,
            compared_us=stands.compared_us,
        )
        rows.append(row)
    return tuple(rows)
