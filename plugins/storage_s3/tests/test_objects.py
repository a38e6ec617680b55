"""What lies in the bucket afterwards, as Amazon's own client sees it; large objects; what others put there."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from aslo_storage_s3 import S3Storage
from aslo_storage_s3.uploading import PART

from aslo_core.api import Blob, Permanent, Transient
from aslo_core.testing.proxy import BreakingProxy, Fault
from aslo_core.testing.s3_server import S3Server
from aslo_core.testing.storage import content, some_bytes

Connect = Callable[..., S3Storage]

LARGE = 2 * PART + 300_001


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.xo"
    path.write_bytes(some_bytes(LARGE))
    return path


@pytest.mark.parametrize(
    ("suffix", "kind"), [(".xo", "application/vnd.olpc-sugar"), (".png", "image/png"), (".webp", "image/webp")]
)
def test_an_object_says_what_it_is_and_that_it_never_changes(
    connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, source: Path, suffix: str, kind: str
) -> None:
    blob = Blob.of(source, suffix)
    connect(seaweedfs, public_url="https://dl.example.org").put(blob, source)
    found = amazons.head_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{blob.name}", ChecksumMode="ENABLED")
    assert found["ContentType"] == kind
    assert found["CacheControl"] == "public, max-age=31536000, immutable"
    assert found["ChecksumSHA256"] == b64encode(bytes.fromhex(blob.digest)).decode()


@pytest.mark.parametrize("suffix", [".svg", ".html", ".exe"])
def test_what_could_act_in_a_browser_is_downloaded_and_not_shown(
    connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, source: Path, suffix: str
) -> None:
    blob = Blob.of(source, suffix)
    connect(seaweedfs).put(blob, source)
    found = amazons.head_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{blob.name}")
    assert found["ContentDisposition"] == "attachment"
    assert found["CacheControl"] == "private, max-age=31536000, immutable"


def test_a_large_object_goes_up_in_parts(connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, large: Path) -> None:
    blob, storage = Blob.of(large, ".xo"), connect(seaweedfs)
    storage.put(blob, large)
    found = amazons.head_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{blob.name}")
    assert found["ETag"].endswith('-3"')
    assert (found["ContentType"], found["ContentLength"]) == ("application/vnd.olpc-sugar", LARGE)
    assert content(storage, blob) == large.read_bytes()
    assert content(storage, blob, PART - 1) == large.read_bytes()[PART - 1 :]
    assert list(storage.names()) == [blob.name]


def test_a_large_file_that_is_not_what_its_blob_says_leaves_neither_object_nor_parts(
    connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, large: Path
) -> None:
    blob, storage = Blob.of(large, ".xo"), connect(seaweedfs)
    with large.open("r+b") as file:
        file.seek(-1, 2)
        file.write(bytes([some_bytes(LARGE)[-1] ^ 1]))
    with pytest.raises(Permanent, match=r"storage\.file-changed"):
        storage.put(blob, large)
    assert list(storage.names()) == []
    assert not amazons.list_multipart_uploads(Bucket=seaweedfs.bucket, Prefix=prefix).get("Uploads")


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.STALL])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.9999])
def test_a_broken_put_of_a_large_object_leaves_nothing_partial(
    connect: Connect, seaweedfs: S3Server, large: Path, share: float, fault: Fault
) -> None:
    with BreakingProxy([(("127.0.0.1", 0), ("127.0.0.1", seaweedfs.port))]) as proxy:
        storage = connect(seaweedfs, endpoint=f"http://127.0.0.1:{proxy.addresses[0][1]}", timeout_seconds=2.0)
        blob = Blob.of(large, ".xo")
        proxy.break_after(int(LARGE * share), fault)
        with pytest.raises(Transient):
            storage.put(blob, large)
        proxy.heal()
        assert storage.stat(blob.name) is None
        assert list(storage.names()) == []
        storage.put(blob, large)
        assert content(storage, blob) == large.read_bytes()


@pytest.fixture
def motos(moto: S3Server) -> Iterator[Any]:
    client = moto.client()
    yield client
    client.close()


def begin_uploads(client: Any, bucket: str, *keys: str) -> set[str]:
    for key in keys:
        client.create_multipart_upload(Bucket=bucket, Key=key)
    return uploads(client, bucket)


def uploads(client: Any, bucket: str) -> set[str]:
    return {upload["Key"] for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])}


def test_uploads_of_killed_processes_are_swept_and_those_of_others_are_not(
    connect: Connect, moto: S3Server, motos: Any, prefix: str, blob: Blob, large: Path
) -> None:
    """moto says of every upload that it was begun in 2010."""
    foreign = {f"{prefix}/README", f"{prefix}-other/{blob.name}", blob.name, f"{prefix}/{prefix}/{blob.name}"}
    assert begin_uploads(motos, moto.bucket, f"{prefix}/{blob.name}", *foreign) > {f"{prefix}/{blob.name}"}
    connect(moto).put(Blob.of(large, ".xo"), large)
    assert uploads(motos, moto.bucket) >= foreign
    assert f"{prefix}/{blob.name}" not in uploads(motos, moto.bucket)


def test_an_upload_that_was_just_begun_is_left_alone(
    connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, blob: Blob, large: Path
) -> None:
    begun = begin_uploads(amazons, seaweedfs.bucket, f"{prefix}/{blob.name}")
    connect(seaweedfs).put(Blob.of(large, ".xo"), large)
    assert uploads(amazons, seaweedfs.bucket) == begun


@pytest.mark.parametrize("found", [b"", b"the byt", b"THE BYTES OF A BUNDLE"])
def test_other_bytes_under_the_name_are_reported_and_kept(
    connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, blob: Blob, source: Path, found: bytes
) -> None:
    amazons.put_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{blob.name}", Body=found)
    with pytest.raises(Permanent) as refused:
        connect(seaweedfs).put(blob, source)
    assert refused.value.rule == "storage.other-bytes"
    assert amazons.get_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{blob.name}")["Body"].read() == found


def test_a_truncated_object_is_never_served(
    connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, blob: Blob
) -> None:
    amazons.put_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{blob.name}", Body=b"the b")
    storage = connect(seaweedfs)
    for start in (0, 3, 21):
        with pytest.raises(Transient, match="damaged: it has 5 bytes instead of 21"):
            storage.open(blob, start)
    with pytest.raises(Transient, match="damaged"):
        storage.open(blob, 10)


def test_a_reader_hears_of_an_object_that_is_cut_off_meanwhile(
    connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, large: Path
) -> None:
    blob, storage = Blob.of(large, ".xo"), connect(seaweedfs)
    storage.put(blob, large)
    with storage.open(blob) as file:
        file.read(10)
        amazons.put_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{blob.name}", Body=b"cut")
        with pytest.raises(Transient, match="damaged"):
            file.read()


def blob_name(data: bytes) -> str:
    return Blob(digest=hashlib.sha256(data).hexdigest(), size=len(data), suffix=".xo").name


FOREIGN = ("README", "ab/README", "{name}/more", "/{name}", "//{name}", "x/{name}", "é ü+%2F&<>", "folder/", "ab//x")


def test_what_else_lies_there_is_no_object(
    connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, blob: Blob, source: Path
) -> None:
    storage = connect(seaweedfs)
    storage.put(blob, source)
    for key in FOREIGN:
        amazons.put_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{key.format(name=blob_name(b'other'))}", Body=b"x")
    # SeaweedFS makes one slash of several, so that some of these have become objects.
    assert set(storage.names()) - {blob_name(b"other")} == {blob.name}


def test_a_listing_bears_every_key_that_there_can_be(
    connect: Connect, moto: S3Server, motos: Any, prefix: str, blob: Blob, source: Path
) -> None:
    storage = connect(moto)
    storage.put(blob, source)
    for key in (*FOREIGN, "a/./b", "../{name}", "\x01"):
        motos.put_object(Bucket=moto.bucket, Key=f"{prefix}/{key.format(name=blob_name(b'other'))}", Body=b"x")
    motos.put_object(Bucket=moto.bucket, Key=blob_name(b"other"), Body=b"x")
    assert list(storage.names()) == [blob.name]


def test_a_listing_goes_on_after_its_first_page(connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str) -> None:
    names = {blob_name(str(number).encode()) for number in range(1100)}
    for name in names:
        amazons.put_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{name}", Body=b"")
    assert sorted(connect(seaweedfs).names()) == sorted(names)


def test_the_environments_settings_for_amazon_change_nothing(
    connect: Connect, seaweedfs: S3Server, blob: Blob, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "another",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_BUCKET": "another",
        "AWS_REGION": "eu-north-1",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_UNSIGNED_PAYLOAD": "true",
        "AWS_CONDITIONAL_PUT": "disabled",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "AWS_S3_EXPRESS": "true",
    }.items():
        monkeypatch.setenv(name, value)
    storage = connect(seaweedfs)
    storage.put(blob, source)
    assert content(storage, blob) == source.read_bytes()
    assert list(storage.names()) == [blob.name]


def test_the_bucket_may_stand_in_the_host(
    connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SeaweedFS stands for the proxy that every request to its domain goes to."""
    monkeypatch.setenv("HTTP_PROXY", seaweedfs.endpoint)
    monkeypatch.setenv("http_proxy", seaweedfs.endpoint)
    storage = connect(
        seaweedfs, endpoint=f"http://{seaweedfs.domain}", addressing="virtual", plain_http=True, signed_seconds=60
    )
    blob = Blob.of(large, ".xo")
    storage.put(blob, large)
    assert content(storage, blob) == large.read_bytes()
    assert list(storage.names()) == [blob.name]
    found = amazons.head_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{blob.name}")
    assert found["ContentLength"] == LARGE
    address = storage.address(blob)
    assert address is not None
    assert address.startswith(f"http://{seaweedfs.bucket}.{seaweedfs.domain}/{prefix}/{blob.name}?")
    assert httpx2.get(address).content == large.read_bytes()
    storage.delete(blob.name)
    assert storage.stat(blob.name) is None
