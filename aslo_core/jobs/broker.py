"""The doorbell: a dramatiq broker that carries release ids only. Losing it loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection

import dramatiq
import redis
import structlog
from dramatiq.brokers.stub import StubBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from aslo_core.failpoints import failpoint
from aslo_core.jobs.redis_broker import WakingBroker
from aslo_core.jobs.silence import ANSWER_S

log = structlog.get_logger(__name__)

QUEUE = "releases"


def make_broker(url: str, is_resting: Callable[[], bool] = lambda: False) -> dramatiq.Broker:
    """Make a broker of its own, bound to nothing global.

    No middleware is used: retries, back-off and limits are events and belong to the log, and dramatiq's own retries lose
    messages when Redis is away at the wrong moment.

    Args:
        url: `memory://`, or the address of a Redis database that nothing else uses.
        is_resting: tells whether messages are left to other processes that share that Redis.
    """
    if url == "memory://":
        return StubBroker(middleware=[])
    # Dispatcher and consumers try again by themselves, so that the client only has to replace a connection that went stale.
    client = redis.Redis.from_url(url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S, retry=Retry(NoBackoff(), 1))
    # With dramatiq's defaults the message of a killed worker comes back after minutes; with these, after seconds.
    return WakingBroker(is_resting, client=client, middleware=[], heartbeat_timeout=5_000, maintenance_chance=1_000_000)


def queue_of(label: str) -> str:
    """Name the queue of a builder's label; builders without one share a queue."""
    return f"{QUEUE}.{label}" if label else QUEUE


def make_doorbell(broker: dramatiq.Broker) -> Callable[[str, str], None]:
    """Return what rings for a release: it takes its stream, and the label of its builder.

    Args:
        broker: where the messages go, whether or not anybody listens.
    """

    def ring(stream: str, label: str) -> None:
        queue = queue_of(label)
        broker.declare_queue(queue)
        failpoint("jobs.ring.before")
        broker.enqueue(dramatiq.Message(queue_name=queue, actor_name=queue, args=(stream,), kwargs={}, options={}))
        failpoint("jobs.ring.after")

    return ring


def make_listeners(
    broker: dramatiq.Broker,
    labels: Collection[str],
    work: Callable[[str], None],
    threads: int,
    is_resting: Callable[[], bool] = lambda: False,
) -> dramatiq.Worker:
    """Return what listens to the doorbell, once it is started.

    Args:
        broker: where the messages come from.
        labels: of the builders to work for; the empty one is for those without a label.
        work: called with a release's stream; must not raise.
        threads: how many work at the same time.
        is_resting: tells whether nothing new is begun, as the broker was told.
    """
    queues = {queue_of(label): label for label in labels}
    for queue, label in queues.items():
        dramatiq.actor(broker=broker, actor_name=queue, queue_name=queue)(_unless_resting(work, broker, label, is_resting))
    return dramatiq.Worker(broker, queues=set(queues), worker_threads=threads)


def _unless_resting(
    work: Callable[[str], None], broker: dramatiq.Broker, label: str, is_resting: Callable[[], bool]
) -> Callable[[str], None]:
    """Ring again, for others, for what was taken out of the broker before the rest and has not been begun."""
    ring = make_doorbell(broker)

    def work_or_ring(stream: str) -> None:
        if not is_resting():
            work(stream)
            return
        try:
            ring(stream, label)
        except Exception as reason:  # noqa: BLE001 - each broker has errors of its own; the dispatcher rings again
            log.warning("broker.not_given_back", release=stream, error=str(reason))

    return work_or_ring
