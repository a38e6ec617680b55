"""The contract, on a plain and on an encrypted server, over a wire that breaks."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aslo_core.api import Storage
from aslo_core.testing.certificates import Certificate
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.processes import free_ports
from aslo_core.testing.proxy import BreakingProxy
from aslo_core.testing.storage import NetworkStorageContract

PROXY = "127.0.0.2"
"""A loopback address of its own: a client looks for passive data connections on the host of the control connection."""

Connect = Callable[..., Storage]


@pytest.fixture
def passive_ports() -> list[int]:
    return free_ports(12, PROXY)


@pytest.fixture
def proxy(server: FtpServer, passive_ports: list[int]) -> Iterator[BreakingProxy]:
    ports = [server.port, *passive_ports]
    with BreakingProxy([((PROXY, port), (server.host, port)) for port in ports]) as proxy:
        yield proxy


class TestPlain(NetworkStorageContract):
    @pytest.fixture
    def server(self, root: Path, passive_ports: list[int]) -> Iterator[FtpServer]:
        with FtpServer(root, passive_ports=passive_ports) as server:
            yield server

    @pytest.fixture
    def storage(self, connect: Connect, server: FtpServer, proxy: BreakingProxy) -> Storage:
        return connect(server, host=PROXY, timeout=0.5, path="bundles/of aslo")


class TestEncrypted(NetworkStorageContract):
    @pytest.fixture
    def server(self, root: Path, passive_ports: list[int], certificate: Certificate) -> Iterator[FtpServer]:
        with FtpServer(root, passive_ports=passive_ports, certificate=certificate) as server:
            yield server

    @pytest.fixture
    def storage(self, connect: Connect, server: FtpServer, proxy: BreakingProxy, certificate: Certificate) -> Storage:
        return connect(server, host=PROXY, timeout=0.5, tls="explicit", ca_file=certificate.chain)
