"""How long a client may take over its request. Pure.

Without an end to patience, a few hundred connections that send a byte now and then keep everybody else out.
"""

from __future__ import annotations

HEAD_S = 10.0
"""Seconds from the first byte of a request to the end of its header fields."""
BODY_S = 30.0
"""Seconds from the first byte of a request to the end of its body, beside what its size takes at `SLOWEST`."""
SLOWEST = 64 << 10
"""Bytes of body per second that are asked for in the long run."""


def lateness(took_s: float, body_bytes: int | None) -> str:
    """Say what a request that is not complete lacks for having its time, or return an empty text.

    Args:
        took_s: seconds since its first byte.
        body_bytes: how much of its body has come, or None while its header fields are not complete.

    Returns:
        The reason to answer with 408 and close the connection: RFC 9110, section 15.5.9.
    """
    if body_bytes is None:
        return f"its header fields were not complete after {HEAD_S:g} seconds" if took_s > HEAD_S else ""
    if took_s <= BODY_S + body_bytes / SLOWEST:
        return ""
    return f"after {BODY_S:g} seconds its body has to come with {SLOWEST:,} bytes a second or more"
