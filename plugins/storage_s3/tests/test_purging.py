"""What the CDN in front is asked, when, and what comes of its answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aslo_storage_s3 import S3Storage
from aslo_storage_s3.purging import filled

from aslo_core.api import Blob, ConfigError, Secret, Transient
from aslo_core.testing.s3_server import S3Server

Connect = Callable[..., S3Storage]
Start = Callable[[Callable[[Any], Any]], Any]

TOKEN = "a-token-of-the-cdn"


@pytest.fixture
def behind(connect: Connect, seaweedfs: S3Server) -> Callable[..., S3Storage]:
    """Make a storage behind a CDN."""

    def make(cdn: Any, **options: object) -> S3Storage:
        asked = {"public_url": f"{cdn.endpoint}/aslo", "purge_url": "{address}", "timeout_seconds": 2.0}
        return connect(seaweedfs, **(asked | options))

    return make


def test_an_object_that_is_deleted_is_purged_and_one_that_is_kept_is_not(
    behind: Connect, peer: Start, answer: Any, blob: Blob, source: Path
) -> None:
    cdn = peer(lambda _: answer(200))
    storage = behind(cdn, purge_headers=["Fastly-Key: {token}", "X-Soft: 1"], purge_token=Secret(TOKEN))
    storage.put(blob, source)
    assert cdn.requests == []
    storage.delete(blob.name)
    (asked,) = cdn.requests
    assert (asked.method, asked.path) == ("PURGE", f"/aslo/{blob.name}")
    assert (asked.headers["fastly-key"], asked.headers["x-soft"]) == (TOKEN, "1")


def test_the_request_is_as_the_operator_describes_it(behind: Connect, peer: Start, answer: Any, blob: Blob) -> None:
    cdn = peer(lambda _: answer(204))
    storage = behind(
        cdn,
        purge_url=f"{cdn.endpoint}/zones/1/purge_cache",
        purge_method="POST",
        purge_headers=["Authorization: Bearer {token}", "Content-Type: application/json"],
        purge_token=Secret(TOKEN),
        purge_body='{"files": ["{address}"], "name": "{name}"}',
    )
    storage.delete(blob.name)
    (asked,) = cdn.requests
    assert (asked.method, asked.path) == ("POST", "/zones/1/purge_cache")
    assert asked.body.decode() == f'{{"files": ["{cdn.endpoint}/aslo/{blob.name}"], "name": "{blob.name}"}}'
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["content-type"] == "application/json"


def test_an_address_is_escaped_in_a_query_and_nowhere_else() -> None:
    assert filled("{address}", "https://c/a b", "n") == "https://c/a b"
    assert filled("https://p/{name}?url={address}&n={name}", "https://c/x?y&z", "a/b") == (
        "https://p/a/b?url=https%3A%2F%2Fc%2Fx%3Fy%26z&n=a%2Fb"
    )


@pytest.mark.parametrize("status", [200, 202, 204, 404, 410])
def test_a_cdn_that_has_forgotten_it_or_never_had_it_is_content(
    behind: Connect, peer: Start, answer: Any, blob: Blob, status: int
) -> None:
    behind(peer(lambda _: answer(status))).delete(blob.name)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_busy_cdn_is_asked_again_when_the_deleting_is_repeated(
    behind: Connect, peer: Start, answer: Any, blob: Blob, source: Path, status: int
) -> None:
    answers = iter([answer(status, b"later", {"Retry-After": "7"}), answer(200)])
    cdn = peer(lambda _: next(answers))
    storage = behind(cdn)
    storage.put(blob, source)
    with pytest.raises(Transient, match=f"the CDN cannot be made to forget {cdn.endpoint}.* answered {status} 'later'") as told:
        storage.delete(blob.name)
    assert told.value.retry_after == 7
    assert storage.stat(blob.name) is None
    storage.delete(blob.name)
    assert cdn.asked() == ["PURGE", "PURGE"]


@pytest.mark.parametrize("status", [301, 400, 401, 403, 405])
def test_a_cdn_that_refuses_is_an_error_of_the_configuration(
    behind: Connect, peer: Start, answer: Any, blob: Blob, status: int
) -> None:
    cdn = peer(lambda _: answer(status, b"no", {"Location": "http://127.0.0.1:1/"}))
    storage = behind(cdn, purge_headers=["X-Key: {token}"], purge_token=Secret(TOKEN))
    with pytest.raises(ConfigError, match=rf"^\[storage\.cdn\]: purge_url: .* answered {status} 'no'; see that") as told:
        storage.delete(blob.name)
    assert TOKEN not in str(told.value)
    assert cdn.asked() == ["PURGE"]


def test_a_cdn_that_cannot_be_reached_is_told(behind: Connect, peer: Start, answer: Any, blob: Blob) -> None:
    storage = behind(peer(lambda _: answer(200)), purge_url="http://127.0.0.1:1/{name}")
    with pytest.raises(Transient, match=r"the object .* is deleted, and the CDN .*: http://127\.0\.0\.1:1: "):
        storage.delete(blob.name)


def test_the_token_is_in_no_representation(behind: Connect, peer: Start, answer: Any) -> None:
    storage = behind(peer(lambda _: answer(200)), purge_headers=["X-Key: {token}"], purge_token=Secret(TOKEN))
    assert TOKEN not in repr(storage._purge)
