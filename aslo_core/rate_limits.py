"""How long a peer asks to wait, told from its answer. Pure.

RFC 9110, 10.2.3 (`Retry-After`), and what GitHub and those who took it for a model add to it:
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus

UNNAMED_WAIT_SECONDS = 60.0
"""What GitHub advises where a limit is reached and its answer names no time."""


def rate_limit_wait(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait where an answer says that a limit is reached, else None.

    Args:
        status: the answer's HTTP status.
        headers: its headers, names in lower case.
        now: seconds since 1970 UTC.
    """
    spent = headers.get("x-ratelimit-remaining") == "0"
    refused = status == HTTPStatus.FORBIDDEN and ("retry-after" in headers or spent)
    if status != HTTPStatus.TOO_MANY_REQUESTS and not refused:
        return None
    named = retry_after(headers, now)
    if named is not None:
        return named
    reset = _whole(headers.get("x-ratelimit-reset", ""))
    if reset is not None and spent:
        return max(reset - now, 0.0) + 1
    return UNNAMED_WAIT_SECONDS


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the header `Retry-After` names, as a number or by a date, or None where it is missing or neither.

    Args:
        headers: the answer's headers, names in lower case.
        now: seconds since 1970 UTC.
    """
    value = headers.get("retry-after", "").strip()
    seconds = _whole(value)
    if seconds is not None or not value:
        return seconds
    try:
        date = parsedate_to_datetime(value)
        return max(date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None


def _whole(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None  # noqa: PLR2004 (beyond any time)
