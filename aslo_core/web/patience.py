"""How long a client may take over its request, and over the answer. Pure.

Without an end to patience, a few hundred connections that send a byte now and then keep everybody else out, and so do as many
as there are threads that ask for a bundle and do not read it.
"""

from __future__ import annotations

HEAD_S = 10.0
"""Seconds from the first byte of a request to the end of its header fields."""
BODY_S = 30.0
"""Seconds from the first byte of a request to the end of its body, beside what its size takes at `SLOWEST`."""
SLOWEST = 64 << 10
"""Bytes of body per second that are asked for in the long run."""
ANSWER_S = 120.0
"""Seconds that a client may take nothing of its answer: a line may be gone for a while."""
SLOWEST_ANSWER = 2 << 10
"""Bytes of an answer per second that are asked for in the long run. Three learners who download at the same time through their
school's 64 kbit/s are all faster."""
TAKEN_TOO_SLOWLY = f"after {ANSWER_S:g} seconds an answer has to be taken with {SLOWEST_ANSWER:,} bytes a second or more"


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


def answer_due(due: float, now: float, taken_bytes: int) -> float:
    """Move the moment up to which a client has to take more of its answer, by what it has taken.

    It never lies further ahead than `ANSWER_S`, so that nobody saves up patience by being fast at first.

    Args:
        due: that moment, so far; infinity when nothing lay ready.
        now: the time of the same clock, in seconds.
        taken_bytes: how much it has taken since that was told last.

    Returns:
        The moment; once it has passed, the answer is broken off.
    """
    return min(now + ANSWER_S, due + taken_bytes / SLOWEST_ANSWER)
