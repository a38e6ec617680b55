"""What whoever delivers to /api/hook is answered, over real HTTP."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from aslo_core.testing.github import Answer, Release, deliver, delivery_headers, encode
from aslo_core.web.intake import LARGEST_BODY
from examples.demo.reading import eventually, get_bytes, get_json
from examples.demo.stage import Stage, commit, make_repository


@pytest.fixture
def release(up: Stage) -> Release:
    repository, tree = make_repository(up.github, up.folder, "star-map")
    commit(tree, "Version 1", "v1")
    return up.github.add_release(repository, "v1", author="grace")


def post(up: Stage, body: bytes, headers: dict[str, str], path: str = "/api/hook") -> Answer:
    connection = http.client.HTTPConnection(urlsplit(up.url).netloc, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def position(up: Stage) -> int:
    return get_json(f"{up.url}/status")["position"]


def test_a_signed_release_is_accepted_as_json_and_as_a_form(up: Stage, release: Release):
    payload = up.github.release_payload(release)
    for form in (False, True):
        answer = deliver(up.hook, "release", payload, up.secret, form=form)
        assert answer.status == 202
        said = answer.json()
        assert said["decision"] == "accepted"
        delivery = eventually(said["status_url"], "decision")
        assert (delivery["decision"], delivery["id"]) == ("accepted", said["delivery_id"])
    assert eventually(said["release_url"], "ended")["state"] in ("published", "unchanged")


def test_a_ping_is_answered_and_seen(up: Stage):
    answer = deliver(up.hook, "ping", {"zen": "Design for failure.", "hook_id": 1}, up.secret)
    assert answer.status == 200
    assert eventually(answer.json()["status_url"], "decision")["trigger"] == "ping"


def test_what_is_not_signed_leaves_no_trace(up: Stage, release: Release):
    payload = up.github.release_payload(release)
    before = position(up)
    assert deliver(up.hook, "release", payload, None).status == 401
    assert deliver(up.hook, "release", payload, "another secret").status == 401
    assert deliver(up.hook, "release", payload, up.secret, algorithm="sha1").status == 401
    assert position(up) == before
    counted = get_bytes(f"{up.url}/metrics").decode()
    assert 'aslo_deliveries_total{decision="unauthenticated",source="github"} 3.0' in counted


def test_what_is_malformed_is_refused_and_recorded(up: Stage):
    body = b'{"action": "published", "release": NaN'
    headers = delivery_headers(body, "release", up.secret, delivery_id="11111111-2222-3333-4444-555555555555")
    answer = post(up, body, headers)
    assert answer.status == 400
    delivery = eventually(json.loads(answer.body)["status_url"], "decision")
    assert delivery["decision"] == "refused"
    assert delivery["reason"]


def test_another_type_is_415_and_an_unknown_source_404(up: Stage):
    body = encode({"zen": "x"})
    headers = delivery_headers(body, "ping", up.secret, delivery_id="1") | {"Content-Type": "text/plain"}
    refused = post(up, body, headers)
    assert (refused.status, refused.headers["Content-Type"]) == (415, "application/problem+json")
    assert "text/plain" in json.loads(refused.body)["detail"]
    headers["Content-Type"] = "application/json"
    assert post(up, body, headers, "/api/hook/nowhere").status == 404


def test_the_pages_that_the_answer_names_are_there_at_once(up: Stage, release: Release):
    payload = up.github.release_payload(release)
    for number in range(20):
        answer = deliver(up.hook, "release", payload, up.secret, delivery_id=f"at-once-{number}")
        assert answer.status == 202
        said = answer.json()
        assert get_json(said["status_url"])["id"] == f"at-once-{number}"
        assert get_json(said["release_url"])["stream"] == said["release"]


def test_too_much_is_413_and_the_server_lives_on(up: Stage):
    for size in (LARGEST_BODY + 1, LARGEST_BODY + (2 << 20), 4 * LARGEST_BODY):
        body = b" " * size
        headers = delivery_headers(body, "release", up.secret, delivery_id="1")
        assert post(up, body, headers).status == 413
    assert get_json(f"{up.url}/healthz")["ready"] is True


@pytest.mark.parametrize("declared", [LARGEST_BODY + (1 << 20), 4 * LARGEST_BODY - 1, 10**17])
def test_too_much_is_not_asked_for(up: Stage, declared: int):
    where = urlsplit(up.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as client:
        client.sendall(b"POST /api/hook HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % declared)
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_other_methods_are_405(up: Stage):
    connection = http.client.HTTPConnection(urlsplit(up.url).netloc, timeout=20)
    connection.request("GET", "/api/hook")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (405, "application/problem+json")
    connection.close()
