"""Webhooks as GitHub sends them, received by a plain HTTP server."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from aslo_core.testing.github import RELEASE_ACTIONS, deliver, sign

if TYPE_CHECKING:
    from tests.testing.conftest import Hosted

SECRET = "It's a Secret to Everybody"


class Receiver(http.server.HTTPServer):
    """Keeps the one request that it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Keeper)
        self.headers: dict[str, str] = {}
        self.body = b""
        self.path = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/hook?x=1"


class Keeper(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.path = self.path
        self.server.headers = dict(self.headers.items())
        self.server.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.end_headers()
        self.wfile.write(b'{"id": "x"}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield server
        thread.join()


def test_the_signature_is_that_of_githubs_documentation() -> None:
    known = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign(b"Hello, World!", SECRET) == known


def test_a_json_delivery(hosted: Hosted, receiver: Receiver) -> None:
    release = hosted.github.add_release(hosted.repository, "v1", notes="Ünïcode")
    payload = hosted.github.release_payload(release)
    answer = deliver(receiver.url, "release", payload, SECRET, delivery_id="guid")
    assert (answer.status, answer.json()) == (202, {"id": "x"})
    assert receiver.path == "/api/hook?x=1"
    assert json.loads(receiver.body) == payload
    assert "Ünïcode".encode() in receiver.body
    assert receiver.headers["Content-Type"] == "application/json"
    assert receiver.headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert (receiver.headers["X-GitHub-Event"], receiver.headers["X-GitHub-Delivery"]) == ("release", "guid")
    assert receiver.headers["X-GitHub-Hook-Installation-Target-ID"] == str(hosted.repository.id)
    for name, algorithm in (("X-Hub-Signature", "sha1"), ("X-Hub-Signature-256", "sha256")):
        digest = hmac.new(SECRET.encode(), receiver.body, getattr(hashlib, algorithm)).hexdigest()
        assert receiver.headers[name] == f"{algorithm}={digest}"


def test_a_form_delivery_is_signed_as_it_is_sent(hosted: Hosted, receiver: Receiver) -> None:
    payload = hosted.github.ping_payload(hosted.repository, receiver.url)
    deliver(receiver.url, "ping", payload, SECRET, form=True, algorithm="sha256")
    assert receiver.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert receiver.headers["X-Hub-Signature-256"] == sign(receiver.body, SECRET)
    assert "X-Hub-Signature" not in receiver.headers
    (sent,) = parse_qs(receiver.body.decode())["payload"]
    assert json.loads(sent) == payload
    assert payload["hook"]["events"] == ["release"]


def test_a_hook_without_a_secret_signs_nothing(hosted: Hosted, receiver: Receiver) -> None:
    deliver(receiver.url, "ping", {"zen": "x"}, None)
    assert not [name for name in receiver.headers if name.startswith("X-Hub-Signature")]


@pytest.mark.parametrize("action", RELEASE_ACTIONS)
def test_every_action_has_release_repository_and_sender(hosted: Hosted, action: str) -> None:
    release = hosted.github.add_release(hosted.repository, "v1", author="ada", assets={"a.xo": b"PK"})
    payload = hosted.github.release_payload(release, action, sender="bob", changes={"body": {"from": "old"}}, installation=5)
    assert payload["action"] == action
    assert payload["release"]["author"]["login"] == "ada"
    assert payload["release"]["assets"][0]["browser_download_url"].endswith("/sugarlabs/hello/releases/download/v1/a.xo")
    assert payload["sender"]["login"] == "bob"
    assert payload["installation"]["id"] == 5
    assert ("changes" in payload) == (action == "edited")


def test_objects_in_a_payload_are_those_of_the_api(hosted: Hosted) -> None:
    release = hosted.github.add_release(hosted.repository, "v1", assets={"a.xo": b"PK"})
    payload = hosted.github.release_payload(release)
    assert hosted.http.get(payload["release"]["url"]).json() == payload["release"]
    assert hosted.http.get(payload["repository"]["url"]).json() == payload["repository"]


def test_a_deleted_release_is_shown_as_it_was(hosted: Hosted) -> None:
    release = hosted.github.add_release(hosted.repository, "v1")
    hosted.http.delete(f"/repos/sugarlabs/hello/releases/{release.id}").raise_for_status()
    assert hosted.github.release_payload(release, "deleted")["release"]["id"] == release.id
