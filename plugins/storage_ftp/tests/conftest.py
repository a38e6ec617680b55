from collections.abc import Callable
from pathlib import Path

import pytest
from aslo_storage_ftp import FtpOptions, create

from aslo_core.api import Context, Secret, Storage
from aslo_core.testing.certificates import Certificate, make_certificate
from aslo_core.testing.ftp_server import FtpServer

Connect = Callable[..., Storage]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"), addresses=["127.0.0.1", "127.0.0.2"])


@pytest.fixture
def connect(tmp_path: Path) -> Connect:
    """Make a storage that keeps its objects on a server; further options replace what fits that server."""

    def make(server: FtpServer, **options: object) -> Storage:
        wanted = {
            "host": server.host,
            "port": server.port,
            "user": server.user,
            "password": Secret(server.password),
            "tls": "off",
            "timeout": 10.0,
        }
        context = Context(name="mirror", directory=tmp_path, data=tmp_path, public_url="http://localhost")
        return create(FtpOptions.model_validate(wanted | options), context)

    return make
