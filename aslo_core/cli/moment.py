"""How times are shown."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(us: int) -> str:
    """Write a time in µs since 1970 UTC, in UTC, to the second."""
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")
