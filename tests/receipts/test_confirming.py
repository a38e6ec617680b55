"""A copy counts when every byte of it was read back, and only then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aslo_core.errors import Permanent, Transient
from aslo_core.receipts import BACKEND, PUBLIC, Altered, Backend, Missing, confirm, lasting_address
from aslo_core.testing.shelf import Shelf
from aslo_core.types import Blob

DATA = bytes(range(256)) * 4096


@dataclass
class Site:
    """What answers at the address: by default what the shelf has."""

    shelf: Shelf
    url: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    answer: Callable[[bytes | None], tuple[int, bytes, dict[str, str]]] = lambda data: (200 if data else 404, data or b"", {})


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site(Shelf())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append((self.path, self.headers["Accept-Encoding"], self.headers["Cache-Control"]))
            data = made.shelf._objects.get(self.path.lstrip("/"))
            status, body, headers = made.answer(data)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # whoever has read enough goes away
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = made.shelf.public_url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def spoil(shelf: Shelf, blob: Blob, data: bytes) -> None:
    shelf._objects[blob.name] = data


def test_what_is_there_as_it_should_be_is_confirmed_in_both_ways(site: Site):
    blob = site.shelf.keep(DATA, ".xo")
    confirm(site.shelf, blob, BACKEND)
    assert site.asked == []
    confirm(site.shelf, blob, PUBLIC)
    assert site.asked == [(f"/{blob.name}", "identity", "no-cache")]


@pytest.mark.parametrize("verify", [BACKEND, PUBLIC])
@pytest.mark.parametrize("other", [DATA[:-1], DATA + b"!", DATA[:-1] + b"!", b""], ids=["short", "long", "one byte", "empty"])
def test_other_bytes_are_told(site: Site, verify: str, other: bytes):
    blob = site.shelf.keep(DATA, ".xo")
    spoil(site.shelf, blob, other)
    site.answer = lambda data: (200, data or b"", {})
    with pytest.raises(Altered, match=blob.digest):
        confirm(site.shelf, blob, verify)


@pytest.mark.parametrize("verify", [BACKEND, PUBLIC])
def test_what_is_not_there_is_told(site: Site, verify: str):
    blob = site.shelf.keep(DATA, ".xo")
    site.shelf.delete(blob.name)
    with pytest.raises(Missing):
        confirm(site.shelf, blob, verify)


def test_what_is_there_and_not_served_is_neither_missing_nor_altered(site: Site):
    blob = site.shelf.keep(DATA, ".xo")
    site.answer = lambda _: (503, b"", {})
    with pytest.raises(Transient, match="status 503") as told:
        confirm(site.shelf, blob, PUBLIC)
    assert not isinstance(told.value, Missing)


def test_a_redirect_is_not_followed(site: Site):
    blob = site.shelf.keep(DATA, ".xo")
    site.answer = lambda _: (302, b"", {"Location": f"{site.url}/elsewhere"})
    with pytest.raises(Permanent, match="leads elsewhere"):
        confirm(site.shelf, blob, PUBLIC)
    assert len(site.asked) == 1


def test_an_endless_answer_is_broken_off(site: Site):
    blob = site.shelf.keep(DATA, ".xo")
    site.answer = lambda data: (200, (data or b"") * 20, {})
    with pytest.raises(Altered, match="more than"):
        confirm(site.shelf, blob, PUBLIC)


def test_nobody_at_the_address_is_a_peer_that_is_away():
    shelf = Shelf()
    shelf.public_url = "http://127.0.0.1:9"
    blob = shelf.keep(DATA, ".xo")
    with pytest.raises(Transient, match="cannot be read"):
        confirm(shelf, blob, PUBLIC)


@pytest.mark.parametrize("goes_wrong", ["status", "redirect", "nobody", "no address"])
def test_a_signature_is_told_to_nobody(site: Site, goes_wrong: str):
    """What is raised is recorded for good, and shown to everybody."""
    blob = site.shelf.keep(DATA, ".xo")
    site.shelf.signature = "?X-Amz-Signature=bearer"
    site.answer = lambda _: (503 if goes_wrong == "status" else 302, b"", {"Location": "/elsewhere?X-Amz-Signature=bearer"})
    site.shelf.public_url = {"nobody": "http://127.0.0.1:9", "no address": "ftp://127.0.0.1"}.get(goes_wrong, site.url)
    with pytest.raises((Transient, Permanent)) as told:
        confirm(site.shelf, blob, PUBLIC)
    assert blob.name in str(told.value)
    assert "bearer" not in str(told.value)


@pytest.mark.parametrize(
    ("public_url", "signature", "recorded"),
    [
        ("", "", ""),
        ("https://dl.example.org", "", "https://dl.example.org/{name}"),
        ("https://s3.example.org", "?X-Amz-Signature=bearer", ""),
    ],
)
def test_what_is_recorded_of_an_address_lasts(public_url: str, signature: str, recorded: str):
    shelf = Shelf()
    blob = shelf.keep(DATA, ".xo")
    shelf.public_url, shelf.signature = public_url, signature
    assert lasting_address(shelf, blob) == recorded.format(name=blob.name)


def test_a_storage_that_refuses_another_size_is_looked_at_closer():
    """The local one does: it says that the file is damaged, which could be a disk that is away."""

    class Careful(Shelf):
        def open(self, blob: Blob, start: int = 0):  # type: ignore[no-untyped-def]
            if self.stat(blob.name) != blob.size:
                raise Transient("the file is damaged")
            return super().open(blob, start)

    shelf = Careful()
    blob = shelf.keep(DATA, ".xo")
    spoil(shelf, blob, DATA[:-1])
    with pytest.raises(Altered, match="bytes in place of"):
        confirm(shelf, blob, BACKEND)


def test_a_storage_that_says_that_it_keeps_what_it_spoils_gives_no_receipt(tmp_path: Path):
    class Liar(Shelf):
        def put(self, blob: Blob, path: Path) -> None:
            super().put(blob, path)
            spoil(self, blob, path.read_bytes()[:-1] + b"?")

    path = tmp_path / "bundle.xo"
    path.write_bytes(DATA)
    with pytest.raises(Altered):
        Backend("liar", Liar()).keep(Blob.of(path, ".xo"), path)
