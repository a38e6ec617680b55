"""How long to wait before the next attempt, and how many there are. Pure."""

from __future__ import annotations

from aslo_core.release.state import ABANDONED, INTERNAL, TRANSIENT

MAX_ATTEMPTS = {TRANSIENT: 20, INTERNAL: 3, ABANDONED: 10}
"""Attempts at one step of one run, counted for each way of coming to nothing, before the run is given up.

With the waits below a peer may be away for more than an hour. A step whose worker is gone again and again is what kills it.
"""

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 600.0


def delay_us(failures: int, jitter: float, retry_after: float | None = None) -> int:
    """Time to wait after a failure, in µs: exponential with jitter, and never less than the peer asked for.

    Args:
        failures: how many attempts failed in the same way before this one, from 0.
        jitter: random number from 0 to 1; the wait is between a half and the whole of the step.
        retry_after: seconds that the peer asked for, or None; followed up to one hour.
    """
    step = min(FIRST_DELAY_S * 2.0 ** min(failures, 30), LONGEST_DELAY_S)
    seconds = step * (0.5 + jitter / 2)
    if retry_after is not None:
        seconds = max(seconds, min(retry_after, 3600.0))
    return int(seconds * 1_000_000)
