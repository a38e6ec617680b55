"""The contract, on SeaweedFS over plain HTTP and on moto over TLS, over a wire that breaks."""

from collections.abc import Callable, Iterator

import pytest

from aslo_core.api import Storage
from aslo_core.testing.network_storage import NetworkStorageContract
from aslo_core.testing.proxy import BreakingProxy
from aslo_core.testing.s3_server import S3Server
from aslo_core.testing.storage import Make, StorageContract

Connect = Callable[..., Storage]


class TestSeaweedFS(NetworkStorageContract):
    @pytest.fixture
    def proxy(self, seaweedfs: S3Server) -> Iterator[BreakingProxy]:
        with BreakingProxy([(("127.0.0.1", 0), ("127.0.0.1", seaweedfs.port))]) as proxy:
            yield proxy

    @pytest.fixture
    def patience(self) -> float:
        return 2.0

    @pytest.fixture
    def storage(self, connect: Connect, seaweedfs: S3Server, proxy: BreakingProxy, patience: float) -> Storage:
        return connect(seaweedfs, endpoint=f"http://127.0.0.1:{proxy.addresses[0][1]}", timeout_seconds=patience)

    @pytest.mark.parametrize("patience", [30.0])  # of those who create the same object, each waits a second for another
    def test_many_may_put_the_same(self, storage: Storage, make: Make) -> None:
        super().test_many_may_put_the_same(storage, make)


class TestMotoOverTls(NetworkStorageContract):
    @pytest.fixture
    def proxy(self, moto: S3Server) -> Iterator[BreakingProxy]:
        with BreakingProxy([(("127.0.0.1", 0), ("127.0.0.1", moto.port))]) as proxy:
            yield proxy

    @pytest.fixture
    def storage(self, connect: Connect, moto: S3Server, proxy: BreakingProxy) -> Storage:
        return connect(moto, endpoint=f"https://127.0.0.1:{proxy.addresses[0][1]}", timeout_seconds=2.0)


class TestWithoutChecksumHeaders(StorageContract):
    @pytest.fixture
    def storage(self, connect: Connect, seaweedfs: S3Server) -> Storage:
        return connect(seaweedfs, checksums=False, public_url="https://cdn.example.org/aslo/")
