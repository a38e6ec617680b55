"""The contract, on a plain and on an encrypted server, over a wire that breaks."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aslo_core.api import Storage
from aslo_core.testing.certificates import Certificate, make_certificate
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.network_storage import NetworkStorageContract
from aslo_core.testing.proxy import BreakingProxy

Connect = Callable[..., Storage]


class TestPlain(NetworkStorageContract):
    @pytest.fixture
    def server(self, root: Path, hosts: Any) -> Iterator[FtpServer]:
        with FtpServer(root, host=hosts.server, passive_ports=hosts.passive_ports) as server:
            yield server

    @pytest.fixture
    def storage(self, connect: Connect, server: FtpServer, proxy: BreakingProxy, hosts: Any) -> Storage:
        return connect(server, host=hosts.proxy, timeout_seconds=2.0, path="bundles/of aslo")


class TestEncrypted(NetworkStorageContract):
    @pytest.fixture
    def certificate(self, tmp_path: Path, hosts: Any) -> Certificate:
        return make_certificate(tmp_path, addresses=[hosts.proxy])

    @pytest.fixture
    def server(self, root: Path, hosts: Any, certificate: Certificate) -> Iterator[FtpServer]:
        with FtpServer(root, host=hosts.server, passive_ports=hosts.passive_ports, certificate=certificate) as server:
            yield server

    @pytest.fixture
    def storage(
        self, connect: Connect, server: FtpServer, proxy: BreakingProxy, hosts: Any, certificate: Certificate
    ) -> Storage:
        return connect(server, host=hosts.proxy, timeout_seconds=2.0, tls="explicit", ca_file=certificate.chain)
