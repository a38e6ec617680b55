"""Two servers, each plain and with both kinds of TLS, under every fault."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from aslo_core.api import Secret, Storage
from aslo_core.testing.certificates import Certificate, make_certificate
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.modes import forbidden
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.proxy import BreakingProxy
from aslo_core.testing.services import missing
from aslo_core.testing.small_disk import SmallDisk
from aslo_core.testing.storage_faults import StorageFaults
from aslo_core.testing.storage_place import Impostor, Place, Trait
from aslo_core.testing.vsftpd_server import Encryption, Vsftpd

Connect = Callable[..., Storage]

PLAIN = Trait.WIRE | Trait.ROOM | Trait.PERMISSIONS | Trait.TAMPERING
ENCRYPTED = PLAIN | Trait.ENCRYPTION
PATH = "bundles/of aslo"


class Ftp(StorageFaults):
    """A server whose files lie on a small disk. Give it a fixture `server`."""

    name: ClassVar[str]
    encryption: ClassVar[Encryption] = "off"

    @pytest.fixture(scope="class")
    @classmethod
    def certificate(cls, tmp_path_factory: pytest.TempPathFactory, hosts: Any) -> Certificate:
        return make_certificate(tmp_path_factory.mktemp("good"), addresses=[hosts.server, hosts.proxy])

    @pytest.fixture(scope="class")
    @classmethod
    def impostors(cls, tmp_path_factory: pytest.TempPathFactory, hosts: Any) -> Mapping[Impostor, Certificate]:
        make = partial(tmp_path_factory.mktemp, "bad")
        return {
            Impostor.EXPIRED: make_certificate(make(), addresses=[hosts.proxy], good_for=timedelta(hours=-1)),
            Impostor.WRONG_HOST: make_certificate(make(), hosts=["ftp.example.org"]),
        }

    @pytest.fixture
    def place(
        self,
        connect: Connect,
        server: FtpServer | Vsftpd,
        disk: SmallDisk,
        hosts: Any,
        proxy: BreakingProxy,
        certificate: Certificate,
        impostors: Mapping[Impostor, Certificate],
        tmp_path: Path,
    ) -> Iterator[Place]:
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(b"".join(one.chain.read_bytes() for one in (certificate, *impostors.values())))
        objects = server.root / PATH

        def storage(host: str, patience: float) -> Storage:
            ca_file = trusted if self.encryption != "off" else None
            options = {"tls": self.encryption, "ca_file": ca_file, "timeout_seconds": patience, "path": PATH}
            return connect(server, host=host, password=Secret(server.password), **options)

        def overwrite(name: str, data: bytes) -> None:
            (objects / name).parent.mkdir(exist_ok=True)
            (objects / name).write_bytes(data)

        @contextmanager
        def impostor(kind: Impostor) -> Iterator[None]:
            server.present(impostors[kind])
            yield
            server.present(certificate)

        yield Place(
            backend=f"ftp, {self.name}, tls {self.encryption}",
            storage=partial(storage, hosts.proxy),
            healthy=storage(hosts.server, 15.0),
            wire=proxy,
            overwrite=overwrite,
            full=disk.full,
            forbidden=partial(forbidden, objects),
            impostor=impostor if self.encryption != "off" else None,
        )
        shutil.rmtree(server.root / "bundles", ignore_errors=True)


class OnPyftpdlib(Ftp):
    name = "pyftpdlib"

    @pytest.fixture
    def server(self, disk: SmallDisk, tmp_path: Path, hosts: Any, certificate: Certificate) -> Iterator[FtpServer]:
        root = disk.folder / tmp_path.name
        root.mkdir()
        shown = certificate if self.encryption != "off" else None
        with FtpServer(
            root,
            host=hosts.server,
            passive_ports=hosts.passive_ports,
            certificate=shown,
            implicit=self.encryption == "implicit",
        ) as server:
            yield server
        root.rmdir()


class OnVsftpd(Ftp):
    name = "vsftpd"

    @pytest.fixture(scope="class")
    @classmethod
    def server(
        cls, tmp_path_factory: pytest.TempPathFactory, disk: SmallDisk, hosts: Any, certificate: Certificate
    ) -> Iterator[Vsftpd]:
        with ExitStack() as stack:
            try:
                server = Vsftpd(
                    tmp_path_factory.mktemp("vsftpd"),
                    disk,
                    certificate,
                    encryption=cls.encryption,
                    host=hosts.server,
                    passive_ports=hosts.passive_ports,
                )
                yield stack.enter_context(server)
            except NotInstalled as error:
                missing(str(error))


class TestPyftpdlib(OnPyftpdlib):
    traits = PLAIN


class TestPyftpdlibExplicit(OnPyftpdlib):
    traits = ENCRYPTED
    encryption = "explicit"


class TestPyftpdlibImplicit(OnPyftpdlib):
    traits = ENCRYPTED
    encryption = "implicit"


class TestVsftpd(OnVsftpd):
    traits = PLAIN


class TestVsftpdExplicit(OnVsftpd):
    traits = ENCRYPTED
    encryption = "explicit"


class TestVsftpdImplicit(OnVsftpd):
    traits = ENCRYPTED
    encryption = "implicit"
