import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aslo_storage_s3 import S3Options, S3Storage, create

from aslo_core.api import Blob, Context, Secret
from aslo_core.testing.s3_server import S3Server

Connect = Callable[..., S3Storage]


@pytest.fixture
def prefix() -> str:
    """What the keys of one test begin with: all tests share the service's bucket."""
    return f"test/{secrets.token_hex(8)}"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.xo"
    path.write_bytes(b"the bytes of a bundle")
    return path


@pytest.fixture
def blob(source: Path) -> Blob:
    return Blob.of(source, ".xo")


@pytest.fixture
def connect(tmp_path: Path, prefix: str) -> Connect:
    """Make a storage that keeps its objects in a service's bucket; further options replace those that fit it."""

    def make(server: S3Server, **options: object) -> S3Storage:
        fitting = {
            "bucket": server.bucket,
            "endpoint": server.endpoint,
            "access_key": Secret(server.account.access_key),
            "secret_key": Secret(server.account.secret_key),
            "prefix": prefix,
            "ca_file": server.certificate and server.certificate.authority,
            "timeout_seconds": 20.0,
        }
        context = Context(name="cdn", directory=tmp_path, data=tmp_path, public_url="http://localhost")
        return create(S3Options.model_validate(fitting | options), context)

    return make


@pytest.fixture
def amazons(seaweedfs: S3Server) -> Iterator[Any]:
    """Amazon's own client, connected to SeaweedFS: what it says does not rest on our code."""
    client = seaweedfs.client()
    yield client
    client.close()
