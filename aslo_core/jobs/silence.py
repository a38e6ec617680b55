"""Whether the broker answers, without all that it takes to ring."""

from __future__ import annotations

ANSWER_S = 3.0
"""How long to wait for Redis before it counts as away, in seconds."""


def silence(url: str) -> str:
    """Say in a word why a broker does not answer; empty while it does.

    Args:
        url: `memory://`, or the address of a Redis database.
    """
    if url == "memory://":
        return ""
    from redis import Redis, RedisError  # noqa: PLC0415 (its import takes as long as all else together)
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    once = Retry(NoBackoff(), 0)
    try:
        with Redis.from_url(url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S, retry=once) as redis:
            redis.ping()
    except RedisError as reason:
        # Its class alone: what it says may hold the address, which may hold a password.
        return type(reason).__name__
    return ""
