"""Services that differ from Amazon's: without conditional creation, with other tags, or with a fault."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aslo_storage_s3 import S3Storage

from aslo_core.api import Blob, Permanent, Transient
from aslo_core.testing.storage import content

Connect = Callable[..., S3Storage]
Start = Callable[[Callable[[Any], Any]], Any]

LIST = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


class Service:
    """Keeps objects in memory, in its own way."""

    def __init__(
        self, answer: Any, *, conditional: int | None = None, keeps: Callable[[bytes], bytes] = bytes, tag: str | None = None
    ) -> None:
        self.answer = answer
        self.conditional = conditional
        self.keeps = keeps
        self.tag = tag
        self.objects: dict[str, bytes] = {}

    def __call__(self, request: Any) -> Any:
        path = request.path.partition("?")[0]
        if path.count("/") == 2:
            return self.answer(200, LIST)
        if request.method == "PUT":
            if self.conditional and "if-none-match" in request.headers:
                return self.answer(self.conditional, b"<Error><Code>NotImplemented</Code></Error>")
            self.objects[path] = self.keeps(request.body)
            return self.answer(
                200, b"", {"ETag": f'"{self.tag or hashlib.md5(request.body, usedforsecurity=False).hexdigest()}"'}
            )
        if request.method == "DELETE":
            self.objects.pop(path, None)
            return self.answer(204)
        if path not in self.objects:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        found = self.objects[path]
        headers = {"ETag": '"x"', "Last-Modified": "Sun, 22 Nov 2026 09:00:00 GMT"}
        if request.method == "HEAD":
            return self.answer(200, b"", headers | {"Content-Length": str(len(found))})
        first, last = map(int, request.headers["range"].removeprefix("bytes=").split("-"))
        last = min(last, len(found) - 1)
        return self.answer(206, found[first : last + 1], headers | {"Content-Range": f"bytes {first}-{last}/{len(found)}"})


def test_a_service_without_conditional_creation_is_asked_for_it_once(
    connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path
) -> None:
    service = peer(Service(answer, conditional=501))
    storage = connect(service)
    storage.put(blob, source)
    assert content(storage, blob) == source.read_bytes()
    other = Blob.of(source, ".png")
    storage.put(other, source)
    conditional = [request for request in service.requests if "if-none-match" in request.headers]
    assert {request.path.rpartition(".")[2] for request in conditional} == {"xo"}


def test_what_goes_up_is_created_under_a_condition_with_its_digest_and_signed(
    connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path
) -> None:
    service = peer(Service(answer))
    connect(service).put(blob, source)
    (upload,) = [request for request in service.requests if request.method == "PUT"]
    assert upload.headers["if-none-match"] == "*"
    assert upload.headers["x-amz-content-sha256"] == blob.digest
    assert "x-amz-checksum-sha256" in upload.headers
    assert "x-amz-checksum-sha256" in upload.headers["authorization"]


def test_no_checksum_is_sent_where_none_is_wanted(connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path) -> None:
    service = peer(Service(answer))
    connect(service, checksums=False).put(blob, source)
    assert not any("checksum" in name for request in service.requests for name in request.headers)


def test_a_tag_that_is_no_md5_is_made_good_by_reading_back(
    connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path
) -> None:
    service = peer(Service(answer, tag="kms-0123"))
    connect(service).put(blob, source)
    assert service.asked()[-2:] == ["HEAD", "GET"]


@pytest.mark.parametrize("keeps", [lambda data: data[:-1], lambda data: data.upper(), lambda data: b""])
def test_a_service_that_damages_what_it_keeps_is_found_out(
    connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path, keeps: Callable[[bytes], bytes]
) -> None:
    kept = Service(answer, keeps=keeps, tag="of-what-it-kept")
    with pytest.raises(Transient, match=r"what was read back is \d+ bytes of [0-9a-f]{64}; it was deleted"):
        connect(peer(kept)).put(blob, source)
    assert kept.objects == {}


def test_what_was_damaged_is_purged_as_well(connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path) -> None:
    cdn = peer(lambda _: answer(200))
    service = peer(Service(answer, keeps=bytes.upper, tag="of-what-it-kept"))
    with pytest.raises(Transient, match="it was deleted"):
        connect(service, public_url=cdn.endpoint, purge_url="{address}").put(blob, source)
    assert cdn.asked() == ["PURGE"]


@pytest.mark.parametrize("status", [412, 409])
@pytest.mark.parametrize("same", [True, False])
def test_who_is_slower_looks_at_what_the_faster_one_kept(
    connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path, status: int, same: bool
) -> None:
    kept = Service(answer)

    def faster(request: Any) -> Any:
        if request.method != "PUT":
            return kept(request)
        kept.objects[request.path] = request.body if same else b"OTHER BYTES OF A BUND"
        return answer(status, b"<Error><Code>PreconditionFailed</Code></Error>")

    storage = connect(peer(faster))
    if same:
        storage.put(blob, source)
    else:
        with pytest.raises(Permanent, match=r"storage\.other-bytes"):
            storage.put(blob, source)


def test_a_conflict_with_somebody_who_then_fails_is_tried_again(
    connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path
) -> None:
    """Amazon answers 409 to one of two who create the same object at the same time."""
    kept = Service(answer)
    conflict = answer(409, b"<Error><Code>ConditionalRequestConflict</Code></Error>")
    with pytest.raises(Transient, match="it was there, and is not any more"):
        connect(peer(lambda request: conflict if request.method == "PUT" else kept(request))).put(blob, source)


@pytest.mark.parametrize("token", ["", "<NextContinuationToken>again</NextContinuationToken>"])
def test_a_list_that_goes_on_without_saying_where_is_no_list(connect: Connect, peer: Start, answer: Any, token: str) -> None:
    endless = f"<ListBucketResult><IsTruncated>true</IsTruncated>{token}</ListBucketResult>".encode()
    service = peer(lambda _: answer(200, endless))
    with pytest.raises(Transient, match="a list that goes on without saying where"):
        list(connect(service).names())
    assert len(service.requests) <= 3


@pytest.mark.parametrize("marker", ["", "<NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>b</NextUploadIdMarker>"])
def test_a_list_of_uploads_without_an_end_keeps_no_object_out(
    connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path, marker: str
) -> None:
    endless = f"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>{marker}</ListMultipartUploadsResult>".encode()
    keeping = Service(answer)
    service = peer(lambda request: answer(200, endless) if "uploads" in request.path.partition("?")[2] else keeping(request))
    storage = connect(service)
    storage._sweep()
    storage.put(blob, source)
    assert content(storage, blob) == source.read_bytes()
