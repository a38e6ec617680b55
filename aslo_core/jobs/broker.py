"""The doorbell: a dramatiq broker that carries release ids only. Losing it loses nothing."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

QUEUE = "releases"
ANSWER_S = 3.0
"""How long to wait for Redis before it counts as away, in seconds."""


def make_broker(url: str) -> dramatiq.Broker:
    """Make a broker of its own, bound to nothing global.

    No middleware is used: retries, back-off and limits are events and belong to the log, and dramatiq's own retries lose
    messages when Redis is away at the wrong moment.

    Args:
        url: `memory://`, or the address of a Redis database that nothing else uses.
    """
    if url == "memory://":
        return StubBroker(middleware=[])
    # Dispatcher and consumers try again by themselves, so that the client only has to replace a connection that went stale.
    client = redis.Redis.from_url(url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S, retry=Retry(NoBackoff(), 1))
    # With dramatiq's defaults the message of a killed worker comes back after minutes; with these, after seconds.
    return RedisBroker(  # type: ignore[no-untyped-call]
        client=client, middleware=[], heartbeat_timeout=5_000, maintenance_chance=1_000_000
    )


def make_doorbell(broker: dramatiq.Broker, work: Callable[[str], None]) -> Callable[[str], None]:
    """Bind `work` to the broker's queue and return what rings for a release.

    Args:
        broker: where the messages go.
        work: called in a worker with a release's stream; must not raise.
    """
    actor = dramatiq.actor(broker=broker, actor_name="work", queue_name=QUEUE)(work)

    def ring(stream: str) -> None:
        actor.send(stream)

    return ring
