"""vsftpd as Debian ships it: it insists on TLS sessions that are resumed, knows no MLSD, and hides what begins with a dot."""

import ftplib
import os
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from aslo_storage_ftp.connection import connected
from aslo_storage_ftp.storage import FtpStorage

from aslo_core.api import Blob, Secret, Storage
from aslo_core.testing.certificates import Certificate
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.services import missing
from aslo_core.testing.small_disk import SmallDisk
from aslo_core.testing.storage import StorageContract
from aslo_core.testing.vsftpd_server import Vsftpd

Connect = Callable[..., FtpStorage]


@pytest.fixture(scope="module")
def vsftpd(tmp_path_factory: pytest.TempPathFactory, disk: SmallDisk, certificate: Certificate) -> Iterator[Vsftpd]:
    with ExitStack() as stack:
        try:
            yield stack.enter_context(Vsftpd(tmp_path_factory.mktemp("vsftpd"), disk, certificate))
        except NotInstalled as error:
            missing(str(error))


@pytest.fixture
def storage(connect: Connect, vsftpd: Vsftpd, certificate: Certificate, tmp_path: Path) -> FtpStorage:
    return connect(vsftpd, password=Secret(vsftpd.password), tls="explicit", ca_file=certificate.chain, path=tmp_path.name)


class TestVsftpd(StorageContract):
    @pytest.fixture
    def storage(self, storage: Storage) -> Storage:
        return storage


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_every_data_connection_resumes_the_session_of_the_commands(
    storage: FtpStorage, blob: Blob, source: Path, version: ssl.TLSVersion
) -> None:
    tls = storage._server.tls
    assert tls is not None
    tls.minimum_version = tls.maximum_version = version
    storage.put(blob, source)  # by three of them: a list, an upload, a download
    with connected(storage._server) as ftp:
        for _ in range(3):
            with ftp.transfercmd("NLST") as data:
                assert isinstance(data, ssl.SSLSocket)
                assert data.session_reused
                while data.recv(1024):
                    pass
                data.unwrap()
            ftp.voidresp()


def test_it_really_insists_on_resumed_sessions(vsftpd: Vsftpd, certificate: Certificate) -> None:
    """Else this file would not test what it is for."""
    context = ssl.create_default_context(cafile=certificate.chain)
    with ftplib.FTP_TLS(context=context, timeout=10) as client:  # noqa: S321 (it is what is tested)
        client.connect(vsftpd.host, vsftpd.port)
        client.login(vsftpd.user, vsftpd.password)
        client.prot_p()
        with pytest.raises((ftplib.Error, OSError, EOFError)):
            client.nlst()


def test_an_abandoned_upload_is_swept_though_it_is_hidden(
    storage: FtpStorage, vsftpd: Vsftpd, blob: Blob, tmp_path: Path
) -> None:
    shelf = vsftpd.root / tmp_path.name / blob.digest[:2]
    shelf.mkdir(parents=True)
    (shelf / ".part-0123456789abcdef").write_bytes(b"the b")
    os.utime(shelf / ".part-0123456789abcdef", times=(time.time() - 25 * 3600,) * 2)
    assert list(storage.names()) == []
    assert list(shelf.iterdir()) == []
