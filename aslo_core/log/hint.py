"""Word of commits between processes, through Redis: a hint and no more. Whoever misses it finds out at the next look."""

from __future__ import annotations

import threading
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from redis import Redis

log = structlog.get_logger(__name__)

_SECONDS_BETWEEN_TRIES = 5.0
_SECONDS_TO_ANSWER = 2.0
_SECONDS_TO_LISTEN = 0.5
"""How long the listener waits for a word before it looks whether it is to end."""


class RedisHint:
    """Tells other processes of commits, and hears of theirs. Threads are started by the first call of each kind.

    Args:
        url: address of the Redis; without it, and while it is away, nothing is told and nothing fails.
        name: what all who share a log call it.
        heard: called for every word.
    """

    def __init__(self, url: str, name: str, heard: Callable[[], None]) -> None:
        self._url = url
        self._channel = f"aslo-log-{sha256(name.encode()).hexdigest()[:16]}"
        self._heard = heard
        self._news = threading.Event()
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}

    def tell(self) -> None:
        """Let the others know of a commit. Returns at once; commits that come meanwhile are told of together."""
        if self._url:
            self._news.set()
            self._start("log-hint-teller", self._tell_on)

    def listen(self) -> None:
        """Hear of the others' commits from now on."""
        self._start("log-hint-listener", self._listen_on)

    def close(self) -> None:
        """End both threads."""
        self._closing.set()
        self._news.set()
        for thread in self._threads.values():
            thread.join()

    def _start(self, name: str, run: Callable[[Redis], None]) -> None:
        if not self._url or name in self._threads or self._closing.is_set():
            return
        with self._starting:
            if name not in self._threads:
                thread = threading.Thread(target=self._keep_on, args=(run,), name=name, daemon=True)
                self._threads[name] = thread
                thread.start()

    def _keep_on(self, run: Callable[[Redis], None]) -> None:
        from redis import Redis, RedisError  # noqa: PLC0415 (its import takes as long as all else together)

        while not self._closing.is_set():
            redis = Redis.from_url(self._url, socket_timeout=_SECONDS_TO_ANSWER, socket_connect_timeout=_SECONDS_TO_ANSWER)
            try:
                run(redis)
            except RedisError as error:
                log.info("log.hint_lost", error=str(error), again_s=_SECONDS_BETWEEN_TRIES)
                self._closing.wait(_SECONDS_BETWEEN_TRIES)
            finally:
                redis.close()

    def _tell_on(self, redis: Redis) -> None:
        while not self._closing.is_set():
            self._news.wait()
            self._news.clear()
            redis.publish(self._channel, b"")

    def _listen_on(self, redis: Redis) -> None:
        with redis.pubsub() as words:  # type: ignore[no-untyped-call]
            words.subscribe(self._channel)
            while not self._closing.is_set():
                # Being subscribed is a word as well: what was committed before may not have been heard of.
                if words.get_message(timeout=_SECONDS_TO_LISTEN) is not None:
                    self._heard()
