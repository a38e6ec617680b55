"""Streams from processes of ASLO: of a build that another process does, and beside all that one process does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import sqlalchemy as sa

from examples.demo.reading import get_json
from tests.bootstrap.conftest import Installation, Serving, gated, installation
from tests.bootstrap.test_parts import CONDUCTS, SHARED, WORKS
from tests.bootstrap.test_serve import QUICK_S
from tests.live.conftest import Event, Stream, eventually, opened

__all__ = ["gated", "installation"]

pytestmark = pytest.mark.timeout(240)

STREAMS = "ASLO streams at "


@pytest.fixture
def shared(gated: Installation, postgres_where: sa.URL, redis_url: str) -> Installation:
    """An installation of several processes, with the builder that waits."""
    log = postgres_where.render_as_string(hide_password=False)
    more = SHARED.format(log=log, broker=redis_url, lease=8)
    gated.configure(builder="gate", server="live_port = 0\nstreams = 20", more=more)
    return gated


def building(serving: Serving, stream: str) -> str:
    """Path of what the attempt that builds writes, once the pages show it."""
    found: list[str] = []

    def is_shown() -> bool:
        page = serving.release(stream, "timeline")
        found[:] = [log["live_url"] for log in page["logs"] if log["step"] == "build"]
        return bool(found)

    eventually(is_shown)
    return found[0]


@contextmanager
def opened_in_time(url: str, **headers: str) -> Iterator[Stream]:
    """Ask for a stream, again as long as those that were just left count as open."""
    with ExitStack() as asking:
        found: list[Stream] = []

        def is_open() -> bool:
            asking.pop_all().close()
            found[:] = [asking.enter_context(opened(url, **headers))]
            return found[0].status == 200

        eventually(is_open)
        yield found[0]


def followed_to_its_end(installation: Installation, stream: Stream) -> None:
    events = iter(stream)
    assert next(events).data == "the gate is shut\n"
    installation.open_gate()
    assert list(events) == [Event("3", "message", "the gate is open\n"), Event("end", "end", "at last")]


def test_what_a_worker_writes_is_streamed_by_another_process(shared: Installation) -> None:
    web = shared.start("web")
    live = shared.start("live", said=STREAMS)
    shared.start("conductor", said=CONDUCTS)
    shared.start("worker", said=WORKS)
    release = shared.submit()
    shared.wait_until_building()
    path = building(web, release)
    named = [line for line in shared.aslo("status").stdout.splitlines() if line.startswith("         live ")]
    assert [f"/{live.process.pid}/" in line for line in named] == [True]
    with opened(web.url + path) as elsewhere:
        assert elsewhere.status == 404, "a web that does nothing else keeps no streams"
    with opened(live.url + path) as stream:
        followed_to_its_end(shared, stream)
    assert web.release(release)["rule"] == "test.gate-open"


def test_one_process_streams_on_the_port_that_it_serves_on(gated: Installation) -> None:
    gated.configure(builder="gate", server="threads = 2\nstreams = 20")
    serving = gated.serve()
    release = gated.submit()
    gated.wait_until_building()
    path = building(serving, release)
    with ExitStack() as streams:
        held = [streams.enter_context(opened(serving.url + path)) for _ in range(20)]
        assert {next(iter(one)).data for one in held} == {"the gate is shut\n"}
        with opened(serving.url + path) as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (503, "15")
        assert get_json(f"{serving.url}/healthz")["ready"] is True, "streams hold none of its two threads"
    with opened_in_time(serving.url + path, Last_Event_ID="1") as stream:
        gated.open_gate()
        assert [event.name for event in stream] == ["message", "end"]


@pytest.mark.parametrize("part", ["serve", "live"])
def test_open_streams_hold_no_process_that_is_to_end(shared: Installation, part: str) -> None:
    all_parts = shared.serve()
    live = all_parts if part == "serve" else shared.start("live", said=STREAMS)
    release = shared.submit()
    shared.wait_until_building()
    with ExitStack() as streams:
        held = [streams.enter_context(opened(live.url + building(all_parts, release))) for _ in range(10)]
        for one in held:
            assert next(iter(one)).id == "1"
        status, seconds = live.end(signal.SIGTERM)
        assert (status, "Traceback" in live.messages) == (0, False), live.messages
        assert seconds < QUICK_S
        assert [one.body() for one in held] == [b""] * 10
