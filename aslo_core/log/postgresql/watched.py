"""Connections that do not wait for ever for a server that answers nothing.

A statement that takes too long is ended by the server. One that was stopped, whose disk hangs or that lies behind a broken
network ends nothing; and as long as some kernel takes what is sent, TCP's own limits do not help either.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg.errors import ConnectionTimeout

_Answer = TypeVar("_Answer")

SILENCE_S = 3.0
"""Seconds without an answer after which it is tried, again and again, whether the server still takes connections."""


class WatchedConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that counts as cut once the server is gone, or an answer took too long.

    Attributes:
        limit: seconds that an answer may take.
        reach: opens another connection to the same server.
    """

    limit: float = math.inf
    reach: Callable[[], psycopg.Connection[tuple[Any, ...]]]

    @classmethod
    def open(cls, limit: float, **settings: Any) -> WatchedConnection:
        """Connect.

        Args:
            limit: seconds that an answer may take.
            settings: psycopg's, a `connect_timeout` among them.

        Raises:
            psycopg.OperationalError: the server cannot be reached, or refuses.
        """
        connection = cls.connect(**settings)
        connection.limit = limit
        connection.reach = partial(psycopg.connect, **settings)
        return connection

    @contextmanager
    def unlimited(self) -> Iterator[None]:
        """Let answers take any time within a block, as long as the server is there."""
        limit, self.limit = self.limit, math.inf
        try:
            yield
        finally:
            self.limit = limit

    def wait(self, gen: Generator[Any, Any, _Answer], *args: Any, **settings: Any) -> _Answer:
        """Wait for an answer as psycopg does.

        Raises:
            psycopg.OperationalError: there is none. The connection is closed then, since the answer may still come.
        """
        try:
            return super().wait(self._watch(gen), *args, **settings)
        except _NoAnswerError:
            self.close()
            raise

    def _watch(self, gen: Generator[Any, Any, _Answer]) -> Generator[Any, Any, _Answer]:
        """Pass on what psycopg's generator and the loop that waits for it have to say; that says nothing ten times a second."""
        try:
            wanted = next(gen)
            began = asked = time.monotonic()
            while True:
                ready = yield wanted
                if not ready:
                    now = time.monotonic()
                    if now - began > self.limit:
                        raise _NoAnswerError(f"the server has not answered within {self.limit:g} seconds")
                    if now - asked > SILENCE_S:
                        self._require_server()
                        asked = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: _Answer = end.value
            return answer

    def _require_server(self) -> None:
        try:
            self.reach().close()
        except ConnectionTimeout as error:
            raise _NoAnswerError("the server has stopped to answer, and takes no connections") from error
        except psycopg.Error:
            return  # it refuses for some reason of its own: it is there


class _NoAnswerError(psycopg.OperationalError):
    """The server has said nothing for too long."""
