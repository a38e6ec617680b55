"""Redis as the doorbell: losing it, or what is in it, at any moment loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aslo_core.testing.proxy import BreakingProxy, Fault
from aslo_core.testing.redis_server import RedisServer
from tests.bootstrap.conftest import Installation

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def wire(redis_server: RedisServer, redis_url: str, gated: Installation) -> Iterator[BreakingProxy]:
    """The wire to Redis, which can be cut; the installation is configured to use it, with one worker."""
    with BreakingProxy([(("127.0.0.1", 0), ("127.0.0.1", redis_server.port))]) as proxy:
        url = redis_url.replace(f":{redis_server.port}/", f":{proxy.addresses[0][1]}/")
        gated.configure(builder="gate", more=f'[broker]\nurl = "{url}"\n[build]\nworkers = 1')
        yield proxy


def test_a_release_goes_all_the_way(installation: Installation, redis_url: str):
    installation.configure(more=f'[broker]\nurl = "{redis_url}"')
    serving = installation.serve()
    assert serving.release(installation.submit())["state"] == "published"
    assert serving.end()[0] == 0
    assert "Traceback" not in serving.messages


def test_what_waited_in_redis_when_it_was_emptied_is_worked_on_all_the_same(
    gated: Installation, wire: BreakingProxy, redis_server: RedisServer
):
    serving = gated.serve()
    building = gated.submit("v1")
    gated.wait_until_building()
    waiting = gated.submit("v2")
    with redis_server.client() as client:
        while not client.keys("dramatiq:releases.msgs"):
            assert serving.process.poll() is None
        client.flushall()
    gated.open_gate()
    for stream in (building, waiting):
        assert serving.release(stream)["rule"] == "test.gate-open"


def test_redis_that_is_away_at_the_start_holds_up_neither_the_start_nor_a_submit(gated: Installation, wire: BreakingProxy):
    wire.break_after(0, Fault.RESET)
    serving = gated.serve()
    stream = gated.submit()
    serving.said("broker.away")
    assert serving.release(stream, "timeline")["state"] == "queued"
    (why,) = serving.paused()
    assert why.startswith("the broker of [broker] does not answer")
    gated.open_gate()
    wire.heal()
    assert serving.release(stream)["rule"] == "test.gate-open"
    assert serving.messages.count("broker.away") == 1


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CLOSE, Fault.STALL])
def test_redis_that_goes_away_meanwhile_loses_nothing(gated: Installation, wire: BreakingProxy, fault: Fault):
    serving = gated.serve()
    building = gated.submit("v1")
    gated.wait_until_building()
    wire.break_after(0, fault)
    waiting = gated.submit("v2")
    gated.open_gate()
    assert serving.release(building)["rule"] == "test.gate-open", "what is under way needs no Redis"
    assert serving.release(waiting, "timeline")["state"] == "queued"
    wire.heal()
    assert serving.release(waiting)["rule"] == "test.gate-open"


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.STALL])
def test_a_stop_does_not_wait_for_redis(gated: Installation, wire: BreakingProxy, fault: Fault):
    serving = gated.serve()
    building = gated.submit("v1")
    gated.wait_until_building()
    waiting = gated.submit("v2")
    wire.break_after(0, fault)
    status, seconds = serving.end()
    assert (status, "Traceback" in serving.messages) == (0, False), serving.messages
    assert seconds < 20
    wire.heal()
    gated.open_gate()
    again = gated.serve()
    for stream in (building, waiting):
        assert again.release(stream)["rule"] == "test.gate-open"
