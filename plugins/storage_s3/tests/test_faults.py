"""SeaweedFS over plain HTTP and moto behind TLS, under every fault that can be made on them."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aslo_core.api import Storage
from aslo_core.testing.certificates import IssuedCertificate, issue_certificate
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.proxy import BreakingProxy
from aslo_core.testing.s3_server import S3Server, run_moto
from aslo_core.testing.services import missing
from aslo_core.testing.storage_faults import StorageFaults
from aslo_core.testing.storage_place import Impostor, Place, Trait
from aslo_core.testing.tls_front import TlsFront

Connect = Callable[..., Storage]

HERE = "127.0.0.1"
PATIENCE = 15.0


def overwrite(client: Any, server: S3Server, prefix: str, name: str, data: bytes) -> None:
    client.put_object(Bucket=server.bucket, Key=f"{prefix}/{name}", Body=data)


class TestSeaweedFS(StorageFaults):
    """Its room is that of the machine."""

    traits = Trait.WIRE | Trait.PERMISSIONS | Trait.TAMPERING

    @pytest.fixture
    def place(self, connect: Connect, seaweedfs: S3Server, amazons: Any, prefix: str) -> Iterator[Place]:
        actions = [f"s3:{action}" for action in ("GetObject", "PutObject", "DeleteObject", "ListBucket")]
        resources = [f"arn:aws:s3:::{seaweedfs.bucket}", f"arn:aws:s3:::{seaweedfs.bucket}/{prefix}/*"]
        denial = {"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resources}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [denial]})

        @contextmanager
        def forbidden() -> Iterator[None]:
            amazons.put_bucket_policy(Bucket=seaweedfs.bucket, Policy=policy)
            yield
            amazons.delete_bucket_policy(Bucket=seaweedfs.bucket)

        with BreakingProxy([((HERE, 0), (HERE, seaweedfs.port))]) as wire:
            endpoint = f"http://{HERE}:{wire.addresses[0][1]}"
            yield Place(
                backend="s3, SeaweedFS",
                storage=lambda patience: connect(seaweedfs, endpoint=endpoint, timeout_seconds=patience),
                healthy=connect(seaweedfs, timeout_seconds=PATIENCE),
                wire=wire,
                overwrite=partial(overwrite, amazons, seaweedfs, prefix),
                forbidden=forbidden,
            )


class TestMotoBehindTls(StorageFaults):
    """It keeps everything in memory, and lists its buckets to everybody, whatever their policies say."""

    traits = Trait.WIRE | Trait.ENCRYPTION | Trait.TAMPERING

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
        try:
            with run_moto(tmp_path_factory.mktemp("moto")) as server:
                yield server
        except NotInstalled as error:
            missing(str(error))

    @pytest.fixture(scope="class")
    @classmethod
    def certificate(cls, tmp_path_factory: pytest.TempPathFactory) -> IssuedCertificate:
        return issue_certificate(tmp_path_factory.mktemp("good"), addresses=[HERE])

    @pytest.fixture(scope="class")
    @classmethod
    def impostors(cls, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Impostor, IssuedCertificate]:
        make = partial(tmp_path_factory.mktemp, "bad")
        return {
            Impostor.EXPIRED: issue_certificate(make(), addresses=[HERE], good_for=timedelta(hours=-1)),
            Impostor.WRONG_HOST: issue_certificate(make(), hosts=["s3.example.org"]),
        }

    @pytest.fixture
    def place(
        self,
        connect: Connect,
        server: S3Server,
        certificate: IssuedCertificate,
        impostors: Mapping[Impostor, IssuedCertificate],
        prefix: str,
        tmp_path: Path,
    ) -> Iterator[Place]:
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(b"".join(one.authority.read_bytes() for one in (certificate, *impostors.values())))
        client = server.client()
        with TlsFront((HERE, server.port), certificate) as front, BreakingProxy([((HERE, 0), front.address)]) as wire:

            def storage(patience: float) -> Storage:
                endpoint = f"https://{HERE}:{wire.addresses[0][1]}"
                return connect(server, endpoint=endpoint, ca_file=trusted, timeout_seconds=patience)

            @contextmanager
            def impostor(kind: Impostor) -> Iterator[None]:
                front.present(impostors[kind])
                yield
                front.present(certificate)

            yield Place(
                backend="s3, moto, TLS",
                storage=storage,
                healthy=connect(server, timeout_seconds=PATIENCE),
                wire=wire,
                overwrite=partial(overwrite, client, server, prefix),
                impostor=impostor,
            )
        client.close()
