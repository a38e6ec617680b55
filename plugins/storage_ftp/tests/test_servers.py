"""Servers that differ: some rename over nothing, some list in the old way, some damage what they keep."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from aslo_core.api import Blob, Permanent, Storage, Transient
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.storage import StorageContract, content

Connect = Callable[..., Storage]


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


class TestOldFashioned(StorageContract):
    """A server that offers no MLSD and does not rename over a file that is there."""

    @pytest.fixture
    def server(self, root: Path) -> Iterator[FtpServer]:
        def refuse(file_system: Any, source: str, target: str) -> None:
            if Path(target).exists():
                raise FileExistsError(17, "File exists", target)
            Path(source).rename(target)

        with FtpServer(root, without=["MLSD", "MLST"], file_system={"rename": refuse}) as server:
            yield server

    @pytest.fixture
    def storage(self, connect: Connect, server: FtpServer) -> Storage:
        return connect(server, path="/bundles")

    def test_nothing_temporary_stays(self, storage: Storage, blob: Blob, source: Path, root: Path) -> None:
        storage.put(blob, source)
        assert files(root) == [Path(blob.name).name]


def test_a_server_that_damages_what_it_keeps_is_found_out(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    class Damaging:
        def __init__(self, file: IO[bytes]) -> None:
            self.file = file
            self.name, self.close = file.name, file.close

        @property
        def closed(self) -> bool:
            return self.file.closed

        def write(self, data: bytes) -> int:
            return self.file.write(bytes([data[0] ^ 1]) + data[1:])

    def opened(file_system: Any, name: str, mode: str) -> Any:
        file = Path(name).open(mode)  # noqa: SIM115 (the server closes it)
        return Damaging(file) if "w" in mode else file

    with FtpServer(root, file_system={"open": opened}) as server:
        storage = connect(server)
        with pytest.raises(Transient, match="what was read back"):
            storage.put(blob, source)
        assert list(storage.names()) == []
        assert files(root) == []


@pytest.mark.parametrize("found", [b"", b"the byt", b"THE BYTES OF A BUNDLE"])
def test_other_bytes_under_the_name_are_reported_and_kept(
    connect: Connect, server: FtpServer, blob: Blob, source: Path, found: bytes
) -> None:
    root = server.root
    (root / blob.name).parent.mkdir()
    (root / blob.name).write_bytes(found)
    with pytest.raises(Permanent) as refused:
        connect(server).put(blob, source)
    assert refused.value.rule == "storage.other-bytes"
    assert (root / blob.name).read_bytes() == found
    assert len(files(root)) == 1


def test_a_truncated_object_is_never_served(connect: Connect, server: FtpServer, root: Path, blob: Blob, source: Path) -> None:
    storage = connect(server)
    storage.put(blob, source)
    (root / blob.name).write_bytes(b"the b")
    with pytest.raises(Transient, match="damaged: it has 5 bytes instead of 21"):
        storage.open(blob)


@pytest.mark.parametrize("without", [[], ["MLSD"]])
def test_what_else_lies_there_is_no_object(connect: Connect, root: Path, blob: Blob, source: Path, without: list[str]) -> None:
    with FtpServer(root, without=without) as server:
        storage = connect(server)
        storage.put(blob, source)
        shelf = (root / blob.name).parent
        (shelf / ".part-0123456789abcdef").write_bytes(b"the b")
        (shelf / "README").write_text("mine")
        (root / "README").write_text("mine")
        (root / "00").write_text("a file where a folder might be")
        (root / "11").mkdir()
        (root / "other").mkdir()
        assert list(storage.names()) == [blob.name]


def test_a_folder_and_a_password_may_be_in_any_script(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    with FtpServer(root, password="Schlüssel 鍵") as server:
        storage = connect(server, path="Bündel/活动")
        storage.put(blob, source)
        assert (root / "Bündel" / "活动" / blob.name).is_file()
        assert list(storage.names()) == [blob.name]
        assert content(storage, blob) == source.read_bytes()


def test_an_address_is_below_the_public_one(connect: Connect, server: FtpServer, blob: Blob) -> None:
    assert (
        connect(server, public_url="https://dl.example.org/aslo/").address(blob) == f"https://dl.example.org/aslo/{blob.name}"
    )
    assert connect(server).address(blob) is None
