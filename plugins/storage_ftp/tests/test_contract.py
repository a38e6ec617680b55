"""The contract, on a plain and on an encrypted server, over a wire that breaks."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

from aslo_core.api import Storage
from aslo_core.testing.certificates import Certificate, make_certificate
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.network_storage import NetworkStorageContract
from aslo_core.testing.proxy import BreakingProxy

PASSIVE_PORTS = range(20_000, 20_012)
"""Below those that the kernel hands out."""

Connect = Callable[..., Storage]


@dataclass(frozen=True)
class Hosts:
    """Loopback addresses of one test: a client of passive FTP finds the server's ports on the host that it knows, so a proxy
    needs an address, and the same ports on it."""

    server: str
    proxy: str


@pytest.fixture
def hosts() -> Hosts:
    chosen = ip_address("127.1.0.0") + 2 * secrets.randbelow(1 << 22)
    return Hosts(server=str(chosen), proxy=str(chosen + 1))


@pytest.fixture
def proxy(server: FtpServer, hosts: Hosts) -> Iterator[BreakingProxy]:
    ports = [server.port, *PASSIVE_PORTS]
    with BreakingProxy([((hosts.proxy, port), (hosts.server, port)) for port in ports]) as proxy:
        yield proxy


class TestPlain(NetworkStorageContract):
    @pytest.fixture
    def server(self, root: Path, hosts: Hosts) -> Iterator[FtpServer]:
        with FtpServer(root, host=hosts.server, passive_ports=PASSIVE_PORTS) as server:
            yield server

    @pytest.fixture
    def storage(self, connect: Connect, server: FtpServer, proxy: BreakingProxy, hosts: Hosts) -> Storage:
        return connect(server, host=hosts.proxy, timeout_seconds=2.0, path="bundles/of aslo")


class TestEncrypted(NetworkStorageContract):
    @pytest.fixture
    def certificate(self, tmp_path: Path, hosts: Hosts) -> Certificate:
        return make_certificate(tmp_path, addresses=[hosts.proxy])

    @pytest.fixture
    def server(self, root: Path, hosts: Hosts, certificate: Certificate) -> Iterator[FtpServer]:
        with FtpServer(root, host=hosts.server, passive_ports=PASSIVE_PORTS, certificate=certificate) as server:
            yield server

    @pytest.fixture
    def storage(
        self, connect: Connect, server: FtpServer, proxy: BreakingProxy, hosts: Hosts, certificate: Certificate
    ) -> Storage:
        return connect(server, host=hosts.proxy, timeout_seconds=2.0, tls="explicit", ca_file=certificate.chain)
