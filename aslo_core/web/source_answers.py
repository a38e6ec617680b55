"""How far each source was held against the log, for the status page and its JSON."""

from __future__ import annotations

from datetime import datetime

from aslo_core.projections.reconciliations import ReconciliationRow
from aslo_core.types import Value
from aslo_core.web.words import at


class SourceAnswer(Value):
    """A source that is asked what no delivery told.

    `asked_at` is when that went well last, None for never, and `found` how many it brought; `failures` counts how often it
    failed since, `reason` tells why, and `retry_at` from when on it is tried again.
    """

    name: str
    asked_at: datetime | None
    found: int
    failures: int
    reason: str
    retry_at: datetime | None


def source_answer(row: ReconciliationRow) -> SourceAnswer:
    """A source that is asked."""
    return SourceAnswer(
        name=row.source,
        asked_at=at(row.asked_us) if row.asked_us is not None else None,
        found=row.found,
        failures=row.failures,
        reason=row.error,
        retry_at=at(row.retry_at_us) if row.failures else None,
    )
