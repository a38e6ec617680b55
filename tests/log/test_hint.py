"""Word of commits between processes, through a real Redis."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import cast

import pytest

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Entry, EventLog, Where
from aslo_core.log.database import Database, Watch
from aslo_core.log.hint import RedisHint
from aslo_core.log.opening import database_at

CAUSE = Cause(source="test", actor="test")
ENTRY = Entry("config", DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=0))
Hint = Callable[..., RedisHint]


@pytest.fixture
def hint(redis_url: str) -> Iterator[Hint]:
    with ExitStack() as closing:

        def make(heard: Callable[[], None] = lambda: None, *, url: str = redis_url, name: str = "log") -> RedisHint:
            made = RedisHint(url, name, heard)
            closing.callback(made.close)
            return made

        yield make


def test_who_listens_hears_of_commits_of_the_same_log_alone(hint: Hint) -> None:
    heard, subscribed = threading.Semaphore(0), threading.Semaphore(0)
    hint(heard.release).listen()
    hint(subscribed.release, name="another log").listen()
    for listening in (heard, subscribed):
        assert listening.acquire(timeout=30)  # being subscribed is a word as well
    hint(name="log").tell()
    assert heard.acquire(timeout=30)
    assert not subscribed.acquire(blocking=False)


def test_without_an_address_nothing_is_started(hint: Hint) -> None:
    before = threading.enumerate()
    silent = hint(url="")
    silent.listen()
    silent.tell()
    assert threading.enumerate() == before


def test_a_redis_that_is_away_holds_up_nothing(hint: Hint) -> None:
    lost = hint(url="redis://127.0.0.1:1/0")
    lost.listen()
    for _ in range(1000):
        lost.tell()
    lost.close()


class Blind:
    """A database whose readers look for what others commit once an hour, and see nothing then."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        yield Watch(lambda: 0, 3600, 3600)

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)


def test_a_reader_that_does_not_look_is_woken_by_the_word(where: Where, redis_url: str) -> None:
    reader = EventLog(cast("Database", Blind(database_at(where))), redis_url=redis_url)
    with reader, EventLog.open(where, redis_url=redis_url) as writer:
        seen: list[int] = []
        reading = threading.Thread(
            target=lambda: seen.extend(e.position for e in islice(reader.tail(-1, threading.Event()), 3))
        )
        reading.start()
        for _ in range(3):
            writer.append([ENTRY], cause=CAUSE)
        reading.join(timeout=60)
        assert seen == [0, 1, 2]
