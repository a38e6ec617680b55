import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from aslo_storage_ftp import FtpOptions, create
from aslo_storage_ftp.storage import FtpStorage

from aslo_core.api import Blob, Context, Secret
from aslo_core.testing.certificates import Certificate, make_certificate
from aslo_core.testing.dripping_server import DrippingServer
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.proxy import BreakingProxy

Connect = Callable[..., FtpStorage]


@dataclass(frozen=True)
class Hosts:
    """Loopback addresses of one server: a client of passive FTP finds the server's ports on the host that it knows, so a proxy
    needs an address, and the same ports on it."""

    server: str
    proxy: str
    passive_ports: range = range(20_000, 20_012)
    """Below those that the kernel hands out."""


@pytest.fixture(scope="class")
def hosts() -> Hosts:
    chosen = ip_address("127.1.0.0") + 2 * secrets.randbelow(1 << 22)
    return Hosts(server=str(chosen), proxy=str(chosen + 1))


@pytest.fixture
def proxy(server: FtpServer, hosts: Hosts) -> Iterator[BreakingProxy]:
    ports = [server.port, *hosts.passive_ports]
    with BreakingProxy([((hosts.proxy, port), (hosts.server, port)) for port in ports]) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"), addresses=["127.0.0.1"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "served"
    root.mkdir()
    return root


@pytest.fixture
def server(root: Path) -> Iterator[FtpServer]:
    with FtpServer(root) as server:
        yield server


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.xo"
    path.write_bytes(b"the bytes of a bundle")
    return path


@pytest.fixture
def blob(source: Path) -> Blob:
    return Blob.of(source, ".xo")


@pytest.fixture
def connect(tmp_path: Path) -> Connect:
    """Make a storage that keeps its objects on a server; further options replace those that fit it."""

    def make(server: FtpServer | DrippingServer, **options: object) -> FtpStorage:
        fitting = {
            "host": server.host,
            "port": server.port,
            "user": server.user,
            "password": Secret(server.password),
            "tls": "off",
            "timeout_seconds": 10.0,
        }
        context = Context(name="mirror", directory=tmp_path, data=tmp_path, public_url="http://localhost")
        return create(FtpOptions.model_validate(fitting | options), context)

    return make
