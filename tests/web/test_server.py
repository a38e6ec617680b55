"""Downloads through a real server: what Sugar's updater and a resuming download manager rely on."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator

import pytest
import waitress

from aslo_core.testing import values
from aslo_core.testing.site import Site
from aslo_core.testing.story import Made
from aslo_core.web import create_app

ADDRESS = "/download/org.example.Maze/1/Maze-1.xo"
DATA = bytes(range(256)) * 4096


@pytest.fixture
def connection(site: Site) -> Iterator[http.client.HTTPConnection]:
    site.story.published(values.announcement("1", "v1"), Made(bundle=site.first.keep(DATA, ".xo")))
    site.projector.catch_up()
    server = waitress.create_server(create_app(site.services), host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    opened = http.client.HTTPConnection("127.0.0.1", int(server.effective_port), timeout=10)
    try:
        yield opened
    finally:
        opened.close()
        server.trigger.pull_trigger(server.close)  # in the server's own thread
        thread.join(timeout=10)
        server.task_dispatcher.shutdown()


def test_one_connection_serves_head_whole_and_parts(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", ADDRESS)
    head = connection.getresponse()
    assert (head.status, head.read()) == (200, b"")
    assert head.headers["Content-Length"] == str(len(DATA))
    assert head.headers["Content-Type"] == "application/vnd.olpc-sugar"

    connection.request("GET", ADDRESS)
    assert connection.getresponse().read() == DATA

    connection.request("GET", ADDRESS, headers={"Range": "bytes=1000000-"})
    part = connection.getresponse()
    assert (part.status, part.headers["Content-Range"]) == (206, f"bytes 1000000-{len(DATA) - 1}/{len(DATA)}")
    assert part.read() == DATA[1_000_000:]

    connection.request("GET", ADDRESS, headers={"Range": f"bytes={len(DATA)}-"})
    beyond = connection.getresponse()
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(DATA)}")
    beyond.read()

    connection.request("HEAD", "/")
    page = connection.getresponse()
    assert (page.status, page.read()) == (200, b"")


def test_a_file_that_breaks_off_everywhere_is_never_taken_for_whole(site: Site, connection: http.client.HTTPConnection) -> None:
    site.first.breaks_at = 500_000
    connection.request("GET", ADDRESS)
    response = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead):
        response.read()
