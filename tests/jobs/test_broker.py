"""The doorbell rings in memory and through a real Redis alike, and losing all of it loses nothing."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dramatiq
import pytest
from dramatiq.broker import Broker
from structlog.typing import EventDict

from aslo_core.jobs.broker import make_broker, make_doorbell, make_listeners
from aslo_core.jobs.dispatcher import Dispatcher
from aslo_core.projections import Projector, Views
from aslo_core.release.pressure import Pause
from aslo_core.testing import values
from aslo_core.testing.redis_server import RedisServer
from aslo_core.testing.story import Story

PATIENCE_S = 30
RELEASE = values.announcement()


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest) -> str:
    return "memory://" if request.param == "memory" else request.getfixturevalue("redis_url")


@pytest.fixture
def broker(url: str) -> Iterator[Broker]:
    made = make_broker(url)
    yield made
    made.close()


@contextmanager
def working(broker: Broker, heard: Callable[[str], None], *labels: str) -> Iterator[None]:
    """Workers of these labels, or of builders without one."""
    worker = make_listeners(broker, labels or ("",), heard, threads=2)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def rung(broker: Broker) -> Callable[[str], None]:
    ring = make_doorbell(broker)
    return lambda stream: ring(stream, "")


def test_what_is_rung_for_reaches_a_worker(broker: Broker):
    heard: queue.Queue[str] = queue.Queue()
    ring = make_doorbell(broker)
    with working(broker, heard.put):
        ring("release/github/1/1", "")
        ring("release/github/1/2", "")
        assert {heard.get(timeout=PATIENCE_S), heard.get(timeout=PATIENCE_S)} == {"release/github/1/1", "release/github/1/2"}


def test_what_was_rung_for_before_a_worker_came_waits_for_it(broker: Broker):
    heard: queue.Queue[str] = queue.Queue()
    make_doorbell(broker)("release/github/1/1", "")
    with working(broker, heard.put):
        assert heard.get(timeout=PATIENCE_S) == "release/github/1/1"


def test_each_label_has_a_queue_of_its_own(url: str, broker: Broker):
    heard: queue.Queue[str] = queue.Queue()
    ring = make_doorbell(broker)
    with working(broker, heard.put, "arm", "docker"):
        ring("none", "")
        ring("elsewhere", "riscv")
        ring("arm", "arm")
        ring("docker", "docker")
        assert {heard.get(timeout=PATIENCE_S), heard.get(timeout=PATIENCE_S)} == {"arm", "docker"}
    assert heard.empty()
    with working(broker, heard.put):
        assert heard.get(timeout=PATIENCE_S) == "none"


def test_two_brokers_know_nothing_of_each_other():
    first, second = make_broker("memory://"), make_broker("memory://")
    heard: queue.Queue[str] = queue.Queue()
    with working(first, heard.put), working(second, lambda stream: heard.put(f"second: {stream}")):
        make_doorbell(second)("a", "")
        assert heard.get(timeout=PATIENCE_S) == "second: a"
    assert heard.empty()


def test_nothing_global_is_bound_and_nothing_is_tried_again(broker: Broker):
    before = dramatiq.broker.global_broker
    make_doorbell(broker)
    make_listeners(broker, [""], lambda _: None, threads=1)
    assert dramatiq.broker.global_broker is before
    assert [type(one).__name__ for one in broker.middleware] == []


@pytest.fixture
def dispatching(
    story: Story, projector: Projector, views: Views, clock: Callable[[], int]
) -> Callable[[Callable[[str], None]], Dispatcher]:
    """Makes dispatchers of the one release that is due."""
    story.announced(RELEASE)
    projector.catch_up()
    return lambda ring: Dispatcher(views.snapshot, ring, 2, lambda: 2, Pause, clock)


def test_an_idle_worker_is_woken_by_the_bell(redis_url: str, redis_server: RedisServer):
    """It waits for it in Redis, rather than to look for messages from time to time."""
    broker, heard = make_broker(redis_url), queue.Queue[str]()
    with redis_server.client() as client, working(broker, heard.put):
        for number in range(3):
            until = time.monotonic() + PATIENCE_S
            while not client.info("clients")["blocked_clients"]:
                assert time.monotonic() < until, "nobody waits for the bell"
            rung(broker)(f"release/github/1/{number}")
            assert heard.get(timeout=PATIENCE_S) == f"release/github/1/{number}"
    broker.close()


def test_strokes_that_nobody_hears_do_not_pile_up(redis_url: str, redis_server: RedisServer):
    broker = make_broker(redis_url)
    for number in range(200):
        rung(broker)(f"release/github/1/{number}")
    database = int(redis_url.rpartition("/")[2])
    with redis_server.client(database) as client:
        assert client.llen("bell:releases") < 100
        assert client.llen("dramatiq:releases") == 200
    broker.close()


def test_losing_all_of_redis_loses_nothing(
    redis_url: str,
    redis_server: RedisServer,
    dispatching: Callable[[Callable[[str], None]], Dispatcher],
    clock: Callable[[], int],
):
    broker = make_broker(redis_url)
    heard: queue.Queue[str] = queue.Queue()
    dispatcher = dispatching(rung(broker))
    dispatcher.turn()
    with redis_server.client() as client:
        assert client.dbsize()
        client.flushall()
    with working(broker, heard.put):
        clock.goes_on(10)  # type: ignore[attr-defined]
        dispatcher.turn()
        assert heard.get(timeout=PATIENCE_S) == RELEASE.stream
    assert heard.empty()
    broker.close()


def test_a_redis_that_is_away_stops_nobody(dispatching: Callable[[Callable[[str], None]], Dispatcher], logs: list[EventDict]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    broker = make_broker(f"redis://127.0.0.1:{port}/0")
    dispatching(rung(broker)).turn()
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == ["broker.away"]
    broker.close()


def test_who_rests_leaves_what_is_new_to_others_and_gives_back_what_it_had_not_begun(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    """One of two workers is at work, and has the next messages at hand, when its rest begins."""
    resting, begun, go_on = threading.Event(), threading.Event(), threading.Event()
    theirs, others = make_broker(redis_url, resting.is_set), make_broker(redis_url)
    first: list[str] = []
    heard: queue.Queue[str] = queue.Queue()

    def work(stream: str) -> None:
        first.append(stream)
        begun.set()
        assert go_on.wait(PATIENCE_S)

    given_back: list[str] = []
    enqueue = theirs.enqueue
    monkeypatch.setattr(theirs, "enqueue", lambda message: given_back.append(message.args[0]) or enqueue(message))
    tired = make_listeners(theirs, [""], work, threads=1, is_resting=resting.is_set)
    tired.start()
    ring = rung(others)
    ring("begun")
    assert begun.wait(PATIENCE_S)
    ring("at hand")
    until = time.monotonic() + PATIENCE_S
    while not tired.work_queue.qsize():
        assert time.monotonic() < until
        time.sleep(0.01)
    resting.set()
    go_on.set()
    with working(others, heard.put):
        for number in range(5):
            ring(f"new {number}")
        assert {heard.get(timeout=PATIENCE_S) for _ in range(6)} == {"at hand", *(f"new {number}" for number in range(5))}
    assert (first, given_back) == (["begun"], ["at hand"]), "nothing new was even taken"
    ring("afterwards")
    resting.clear()
    while len(first) == 1:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert first == ["begun", "afterwards"]
    assert heard.empty()
    tired.stop()
    for broker in (theirs, others):
        broker.close()
