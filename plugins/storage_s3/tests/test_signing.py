"""Signed addresses: as Amazon's own example, and as a real service takes them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from aslo_storage_s3 import S3Storage
from aslo_storage_s3.bucket import Bucket
from aslo_storage_s3.signing import signed

from aslo_core.api import Blob
from aslo_core.testing.s3_server import S3Server

Connect = Callable[..., S3Storage]

EXAMPLE = Bucket(
    name="examplebucket",
    endpoint="https://s3.amazonaws.com",
    region="us-east-1",
    virtual=True,
    prefix="",
    access_key="AKIAIOSFODNN7EXAMPLE",
    secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
)
"""Of "Authenticating Requests: Using Query Parameters" in the reference of Amazon S3's API."""


def test_it_is_the_example_of_the_specification() -> None:
    address = signed("GET", EXAMPLE, "test.txt", at=dt.datetime(2013, 5, 24, tzinfo=dt.UTC), seconds=86400)
    assert address == (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


def test_whoever_has_it_may_read_and_do_nothing_else(connect: Connect, seaweedfs: S3Server, blob: Blob, source: Path) -> None:
    storage = connect(seaweedfs, signed_seconds=60)
    storage.put(blob, source)
    address = storage.address(blob)
    assert address is not None
    assert urlsplit(address).path.endswith(blob.name)
    found = httpx2.get(address)
    assert (found.status_code, found.content) == (200, source.read_bytes())
    assert found.headers["content-type"] == "application/vnd.olpc-sugar"
    assert found.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert httpx2.get(address.partition("?")[0]).status_code == 403
    assert httpx2.get(address.replace("X-Amz-Expires=60", "X-Amz-Expires=600")).status_code == 403
    assert httpx2.get(address.replace(blob.digest, "0" * 64)).status_code == 403
    assert httpx2.delete(address).status_code == 403
    assert storage.stat(blob.name) == blob.size


def test_it_expires(connect: Connect, seaweedfs: S3Server, blob: Blob, source: Path) -> None:
    storage = connect(seaweedfs)
    storage.put(blob, source)
    bucket, key = storage._bucket, storage._bucket.key(blob.name)
    earlier = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=90)
    assert httpx2.get(signed("GET", bucket, key, at=earlier, seconds=120)).status_code == 200
    assert httpx2.get(signed("GET", bucket, key, at=earlier, seconds=60)).status_code == 403


def test_without_either_option_aslo_serves_the_object(connect: Connect, seaweedfs: S3Server, blob: Blob) -> None:
    assert connect(seaweedfs).address(blob) is None


def test_an_address_of_a_cdn_is_below_the_public_one(connect: Connect, seaweedfs: S3Server, blob: Blob) -> None:
    address = connect(seaweedfs, public_url="https://dl.example.org/aslo/").address(blob)
    assert address == f"https://dl.example.org/aslo/{blob.name}"


@pytest.mark.parametrize(
    ("addressing", "address"), [("path", "https://s3.example.org/bucket-1/"), ("virtual", "https://bucket-1.s3.example.org/")]
)
def test_the_bucket_stands_in_the_path_or_in_the_host(
    connect: Connect, seaweedfs: S3Server, blob: Blob, addressing: str, address: str
) -> None:
    storage = connect(
        seaweedfs,
        endpoint="https://s3.example.org:443/",
        bucket="bucket-1",
        addressing=addressing,
        prefix="",
        signed_seconds=1,
    )
    assert (storage.address(blob) or "").startswith(f"{address}{blob.name}?")


def test_the_secret_is_in_no_representation(connect: Connect, seaweedfs: S3Server) -> None:
    storage = connect(seaweedfs)
    assert seaweedfs.account.secret_key not in repr(storage._bucket) + repr(storage._store)
