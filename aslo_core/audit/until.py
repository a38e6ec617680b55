"""From a point that a person names to a position in the log."""

from __future__ import annotations

from datetime import UTC, datetime

from aslo_core.errors import AsloError
from aslo_core.log import EventLog

_POSITION_DIGITS = 18
"""What fits a position; more digits name nothing."""


def position_until(log: EventLog, named: str) -> int:
    """Give the position of the last event up to a point, -1 where there is none.

    Args:
        log: the log.
        named: a position, or a time in ISO 8601; one without an offset is in UTC.

    Raises:
        AsloError: it is neither.
        LogUnavailable: the log cannot be read.
    """
    if named.isascii() and named.isdecimal() and len(named) <= _POSITION_DIGITS:
        return min(int(named), log.head())
    try:
        at = datetime.fromisoformat(named)
    except ValueError:
        raise AsloError(
            f"{named!a} is neither a position in the log nor a time: give a number as `aslo log tail` begins a line with,"
            " or a time such as 2026-11-22T13:30 (UTC) or 2026-11-22T13:30+01:00"
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return last_recorded_by(log, int(at.timestamp() * 1_000_000))


def last_recorded_by(log: EventLog, us: int) -> int:
    """Give the position of the last event recorded at or before a time in µs since 1970 UTC; -1 where there is none.

    Times never decrease along the log, so that some twenty events are read and not all.
    """
    low, high = -1, log.head()
    while low < high:
        middle = (low + high + 1) // 2
        if next(log.read_all(middle - 1, limit=1)).recorded_us <= us:
            low = middle
        else:
            high = middle - 1
    return low
