"""What the operator is told when a service refuses or cannot be reached, and what is never sent to one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aslo_storage_s3 import S3Storage
from pydantic import ValidationError

from aslo_core.api import Blob, ConfigError, Permanent, Secret, Transient
from aslo_core.testing.certificates import make_certificate
from aslo_core.testing.s3_server import S3Server
from aslo_core.testing.storage import HOSTILE_NAMES

Connect = Callable[..., S3Storage]
Start = Callable[[Callable[[Any], Any]], Any]

OPERATIONS: dict[str, Callable[[S3Storage, Blob, Path], object]] = {
    "keep": lambda storage, blob, path: storage.put(blob, path),
    "read": lambda storage, blob, path: storage.open(blob),
    "look for": lambda storage, blob, path: storage.stat(blob.name),
    "delete": lambda storage, blob, path: storage.delete(blob.name),
    "list": lambda storage, blob, path: list(storage.names()),
}

every_operation = pytest.mark.parametrize("doing", OPERATIONS)


def refusal(operation: Callable[[], object], of: type[Exception]) -> str:
    with pytest.raises(of) as refused:
        operation()
    return str(refused.value)


@every_operation
@pytest.mark.parametrize(
    ("options", "key", "found"),
    [
        ({"access_key": Secret("AKIANOBODY")}, "access_key", "the service does not know the access key"),
        ({"secret_key": Secret("not the one")}, "secret_key", "the service finds the signature wrong"),
    ],
)
def test_a_wrong_key_is_an_error_of_the_configuration(
    connect: Connect, seaweedfs: S3Server, blob: Blob, source: Path, doing: str, options: Any, key: str, found: str
) -> None:
    told = refusal(lambda: OPERATIONS[doing](connect(seaweedfs, **options), blob, source), ConfigError)
    assert told.startswith(f'[storage.cdn]: {key}: storage "cdn" cannot ')
    assert f"in the bucket aslo-test on {seaweedfs.endpoint}: {found}" in told
    assert "not the one" not in told
    assert seaweedfs.account.secret_key not in told


@every_operation
def test_an_absent_bucket_is_never_taken_for_an_empty_one(
    connect: Connect, moto: S3Server, blob: Blob, source: Path, doing: str
) -> None:
    told = refusal(lambda: OPERATIONS[doing](connect(moto, bucket="nowhere"), blob, source), ConfigError)
    assert told.startswith("[storage.cdn]: bucket: ")
    assert "the bucket is not there" in told


@pytest.mark.parametrize("doing", ["keep", "delete"])
def test_an_account_that_may_not_write_is_told_so(
    connect: Connect, seaweedfs: S3Server, blob: Blob, source: Path, doing: str
) -> None:
    storage = connect(replace(seaweedfs, account=seaweedfs.reader))
    assert list(storage.names()) == []
    told = refusal(lambda: OPERATIONS[doing](storage, blob, source), ConfigError)
    assert "access_key: " in told
    assert "may not do this" in told
    assert "allow it to list the bucket and its uploads, and to read, write and delete" in told


@every_operation
@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "http://nobody.invalid"])
def test_a_service_that_cannot_be_reached_is_told(
    connect: Connect, seaweedfs: S3Server, blob: Blob, source: Path, doing: str, endpoint: str
) -> None:
    storage = connect(seaweedfs, endpoint=endpoint, plain_http=True)
    told = refusal(lambda: OPERATIONS[doing](storage, blob, source), Transient)
    assert f"on {endpoint}: the connection failed: " in told
    assert "\n" not in told


@every_operation
@pytest.mark.parametrize(
    ("hosts", "good_for", "trusted", "key", "found"),
    [
        ("127.0.0.1", 1, False, "ca_file", "signed by nobody whom this machine trusts"),
        ("127.0.0.2", 1, True, "endpoint", "for another host"),
        ("127.0.0.1", -1, True, "endpoint", "has expired"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_told(
    connect: Connect,
    untrusted: Callable[[str, int], S3Server],
    blob: Blob,
    source: Path,
    doing: str,
    hosts: str,
    good_for: int,
    trusted: bool,
    key: str,
    found: str,
) -> None:
    server = untrusted(hosts, good_for)
    storage = connect(server, **({} if trusted else {"ca_file": None}))
    told = refusal(lambda: OPERATIONS[doing](storage, blob, source), ConfigError)
    assert told.startswith(f"[storage.cdn]: {key}: ")
    assert found in told


@pytest.mark.parametrize("doing", ["keep", "read", "look for", "delete"])
def test_a_server_that_shows_an_authoritys_certificate_is_told(
    connect: Connect, tmp_path: Path, tls: Callable[[Path, Path], S3Server], blob: Blob, source: Path, doing: str
) -> None:
    made = make_certificate(tmp_path, addresses=["127.0.0.1"])
    storage = connect(tls(made.chain, made.key), ca_file=made.chain)
    assert "that of an authority" in refusal(lambda: OPERATIONS[doing](storage, blob, source), ConfigError)


ANSWERS = [
    (403, "RequestTimeTooSkewed", Transient, "the clocks of this machine and of the service differ too much"),
    (503, "SlowDown", Transient, "the service asks for fewer requests"),
    (429, "", Transient, "the service asks for fewer requests"),
    (500, "InternalError", Transient, "the service failed"),
    (507, "", Transient, "the service has no room left"),
    (403, "QuotaExceeded", Transient, "the bucket's room is used up"),
    (400, "AuthorizationHeaderMalformed", ConfigError, "region: "),
    (301, "PermanentRedirect", ConfigError, "endpoint: "),
    (401, "", ConfigError, "access_key: "),
    (403, "", ConfigError, "access_key: "),
    (404, "", Transient, "it said '404"),
]


@every_operation
@pytest.mark.parametrize(("status", "code", "of", "found"), ANSWERS)
def test_an_answer_is_told_by_what_mends_it(
    connect: Connect,
    peer: Start,
    answer: Any,
    blob: Blob,
    source: Path,
    doing: str,
    status: int,
    code: str,
    of: Any,
    found: str,
) -> None:
    body = f"<Error><Code>{code}</Code><Message>words of the service</Message></Error>" if code else "<html>an error</html>"
    storage = connect(peer(lambda _: answer(status, body.encode())))
    told = refusal(lambda: OPERATIONS[doing](storage, blob, source), of)
    assert found in told
    assert "\n" not in told


def test_a_web_server_is_never_taken_for_an_empty_bucket(
    connect: Connect, peer: Start, answer: Any, blob: Blob, source: Path
) -> None:
    storage = connect(peer(lambda request: answer(404 if request.method in ("HEAD", "DELETE") else 200, b"<html>Hello</html>")))
    for doing in ("keep", "look for", "delete", "list"):
        found = refusal(lambda: OPERATIONS[doing](storage, blob, source), Transient)  # noqa: B023 (called at once)
        assert "no answer of an S3 service" in found


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_is_none_is_never_sent(connect: Connect, peer: Start, answer: Any, name: str) -> None:
    service = peer(lambda _: answer(200))
    storage = connect(service)
    for operation in (storage.stat, storage.delete):
        with pytest.raises(Permanent, match=r"storage\.name-malformed"):
            operation(name)
    assert service.requests == []


@pytest.mark.parametrize("text", [None, "", "no certificate"])
def test_a_file_without_certificates_is_an_error_of_the_configuration(
    connect: Connect, seaweedfs: S3Server, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "ca.pem").write_text(text)
    with pytest.raises(ValueError, match=r"ca_file: .*ca\.pem is no file of certificates"):
        connect(seaweedfs, ca_file="ca.pem")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"endpoint": "http://s3.example.org"}, "plain http beyond this machine"),
        ({"endpoint": "s3.example.org"}, "expected the address of a service"),
        ({"endpoint": "https://s3.example.org/bucket"}, "without path"),
        ({"endpoint": "https://user:pass@s3.example.org"}, "without path, user"),
        ({"bucket": "a/b"}, "bucket"),
        ({"bucket": "../up"}, "bucket"),
        ({"prefix": "/a"}, "prefix"),
        ({"prefix": "a/../b"}, "prefix"),
        ({"prefix": "a//b"}, "prefix"),
        ({"access_key": Secret("")}, "must not be empty"),
        ({"secret_key": Secret("a\r\nHost: b")}, "control characters"),
        ({"signed_seconds": 604_801}, "signed_seconds"),
        ({"signed_seconds": 60, "public_url": "https://cdn.example.org"}, "exclude each other"),
        ({"public_url": "https://cdn.example.org/?x"}, "public_url"),
        ({"purge_url": "{address}"}, "without public_url"),
        ({"public_url": "https://c", "purge_url": "{adress}"}, "expected {address}"),
        ({"public_url": "https://c", "purge_url": "https://c/{adress}"}, "known are {address} and {name}"),
        ({"public_url": "https://c", "purge_url": "{address}", "purge_headers": ["no header"]}, "expected headers such as"),
        ({"public_url": "https://c", "purge_url": "{address}", "purge_headers": ["X: a\nY: b"]}, "expected headers such as"),
        ({"public_url": "https://c", "purge_url": "{address}", "purge_headers": ["X: {token}"]}, "belong together"),
        ({"public_url": "https://c", "purge_url": "{address}", "purge_token": Secret("t")}, "belong together"),
        ({"purge_body": "x"}, "no meaning without purge_url"),
    ],
)
def test_options_that_cannot_work_are_refused(connect: Connect, seaweedfs: S3Server, options: Any, found: str) -> None:
    with pytest.raises(ValidationError, match=found.replace("{", r"\{")):
        connect(seaweedfs, **options)


def test_plain_http_within_a_trusted_network_is_for_the_operator_to_allow(connect: Connect, seaweedfs: S3Server) -> None:
    storage = connect(seaweedfs, endpoint="http://seaweedfs:8333", plain_http=True, signed_seconds=1)
    assert (storage.address(Blob(digest="0" * 64, size=0, suffix=".xo")) or "").startswith("http://seaweedfs:8333/")
