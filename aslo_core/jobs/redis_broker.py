"""A broker in Redis that wakes who waits. Dramatiq's own looks for messages after pauses that grow up to a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionClosed

_KEPT = 64
"""So many strokes of a bell wait to be heard; one that nobody needed wakes somebody for nothing."""

_LOOK_MS = 1
"""How long dramatiq's consumer may sleep once it has found nothing, since it is the bell that is waited for."""


class WakingBroker(RedisBroker):
    """Strikes a queue's bell behind each message; whoever finds the queue empty waits for that.

    A bell is a hint: one that nobody hears costs the pause that dramatiq would have made.

    Args:
        is_resting: tells whether messages are left to other processes.
        settings: dramatiq's.
    """

    def __init__(self, is_resting: Callable[[], bool], **settings: Any) -> None:
        super().__init__(**settings)  # type: ignore[no-untyped-call]
        self._is_resting = is_resting

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        """Put a message into its queue, and strike the bell."""
        enqueued: dramatiq.Message[Any] = super().enqueue(message, delay=delay)
        bell = _bell(enqueued.queue_name)
        with self.client.pipeline() as pipeline:
            pipeline.rpush(bell, 1)
            pipeline.ltrim(bell, -_KEPT, -1)
            pipeline.execute()
        return enqueued

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> dramatiq.Consumer:
        """Begin to take messages out of a queue.

        Args:
            queue_name: its name.
            prefetch: how many may be out and not done.
            timeout: how long to wait for one, in ms; less than a broker's heartbeat may be late.
        """
        queue = super().consume(queue_name, prefetch, _LOOK_MS)
        return _Woken(queue, self.client, _bell(queue_name), prefetch, timeout, self._is_resting)


class _Woken(dramatiq.Consumer):
    """Takes messages as dramatiq does, and waits for the bell in between."""

    def __init__(
        self, queue: Any, client: redis.Redis, bell: str, prefetch: int, timeout: int, is_resting: Callable[[], bool]
    ) -> None:
        self._queue = queue
        self._client = client
        self._bell = bell
        self._prefetch = prefetch
        self._timeout = timeout
        self._is_resting = is_resting

    def __next__(self) -> dramatiq.MessageProxy | None:
        if self._is_resting() and not self._queue.message_cache:  # what is there is out of Redis already
            self._rest()
            return None
        is_full = self._queue.outstanding_message_count >= self._prefetch
        self._queue.timeout = self._timeout if is_full else _LOOK_MS  # it looks for nothing as long as it is full
        message: dramatiq.MessageProxy | None = next(self._queue)
        if message is None and not is_full:
            try:
                self._client.blpop([self._bell], timeout=self._timeout / 1000)
            except (redis.ConnectionError, redis.TimeoutError) as reason:
                raise ConnectionClosed(reason) from reason  # type: ignore[no-untyped-call]
        return message

    def _rest(self) -> None:
        """Take nothing for a while, and show Redis that what is under way here is not to be given to others."""
        try:
            self._queue.broker.do_qsize(self._queue.queue_name)
        except (redis.ConnectionError, redis.TimeoutError) as reason:
            raise ConnectionClosed(reason) from reason  # type: ignore[no-untyped-call]
        time.sleep(self._timeout / 1000)

    def ack(self, message: dramatiq.MessageProxy) -> None:
        self._queue.ack(message)

    def nack(self, message: dramatiq.MessageProxy) -> None:
        self._queue.nack(message)

    def requeue(self, messages: Iterable[dramatiq.MessageProxy]) -> None:
        self._queue.requeue(messages)

    def close(self) -> None:
        self._queue.close()


def _bell(queue: str) -> str:
    return f"bell:{queue}"
