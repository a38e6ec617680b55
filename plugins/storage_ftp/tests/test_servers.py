"""Servers that differ: some rename over nothing, some list in the old way, some damage what they keep."""

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from aslo_core.api import Blob, Permanent, Storage, Transient
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.services import missing
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


def test_the_double_leaves_the_process_where_it_is(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    """Other threads would go along with it, into folders that may be gone afterwards."""
    found = set()

    def told(file_system: Any, path: str) -> str:
        found.add(Path.cwd())
        return f"/{Path(path).relative_to(file_system.root)}"

    here = Path.cwd()
    with FtpServer(root, file_system={"fs2ftp": told}) as server:
        connect(server).put(blob, source)
    assert found == {here}


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


def test_an_upload_asks_for_no_list(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    (root / blob.name).parent.mkdir()
    with FtpServer(root, without=["MLSD", "NLST", "LIST"]) as server:
        storage = connect(server)
        storage.put(blob, source)
        storage.put(blob, source)
    assert files(root) == [Path(blob.name).name]


def untold(_files: object, _path: str) -> int:
    raise PermissionError(errno.EACCES, "not for you")


@pytest.mark.parametrize(
    "hidden", [{"file_system": {"getsize": untold}}, {"permissions": "eradfmw"}], ids=["SIZE", "lists as well"]
)
def test_what_the_server_does_not_tell_of_is_not_overwritten(
    connect: Connect, root: Path, blob: Blob, source: Path, hidden: dict[str, object]
) -> None:
    (root / blob.name).parent.mkdir()
    (root / blob.name).write_bytes(b"other bytes")
    with FtpServer(root, **hidden) as server, pytest.raises(Transient):
        connect(server).put(blob, source)
    assert (root / blob.name).read_bytes() == b"other bytes"


def test_a_server_that_tells_no_sizes_is_asked_for_a_list(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    with FtpServer(root, file_system={"getsize": untold}) as server:
        connect(server).put(blob, source)
    assert (root / blob.name).read_bytes() == source.read_bytes()


@pytest.mark.parametrize("without", [[], ["MLSD"]])
def test_what_killed_uploads_left_is_swept_after_a_day(connect: Connect, root: Path, blob: Blob, without: list[str]) -> None:
    shelf = (root / blob.name).parent
    shelf.mkdir()
    long_ago = time.time() - 25 * 3600
    for name, written in [(".part-old", long_ago), (".part-young", time.time()), ("mine", long_ago)]:
        (shelf / name).write_bytes(b"the b")
        os.utime(shelf / name, (written, written))
    with FtpServer(root, without=without) as server:
        assert list(connect(server).names()) == []
    assert files(root) == [".part-young", "mine"]


def test_leftovers_that_cannot_be_swept_hinder_nothing(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    shelf = (root / blob.name).parent
    shelf.mkdir()
    (shelf / ".part-old").write_bytes(b"the b")
    os.utime(shelf / ".part-old", (0, 0))
    with FtpServer(root, permissions="elrafmw") as server:
        connect(server).put(blob, source)
        assert list(connect(server).names()) == [blob.name]
    assert files(root) == [".part-old", Path(blob.name).name]


def test_a_leftover_that_is_in_use_is_left_to_the_next_time(connect: Connect, root: Path, blob: Blob, source: Path) -> None:
    with FtpServer(root, answers={"DELE": "450 File busy."}) as server:
        storage = connect(server)
        storage.put(blob, source)
        leftover = (root / blob.name).parent / ".part-old"
        leftover.write_bytes(b"the b")
        os.utime(leftover, (0, 0))
        assert list(storage.names()) == [blob.name]
    assert leftover.exists()


def test_the_address_that_a_server_names_for_data_is_not_gone_to(
    connect: Connect, root: Path, blob: Blob, source: Path
) -> None:
    with FtpServer(root, masquerade="192.0.2.1") as server:  # of nobody (RFC 5737)
        storage = connect(server)
        storage.put(blob, source)
        assert content(storage, blob) == source.read_bytes()


def test_a_server_may_have_an_address_of_ipv6(
    connect: Connect, root: Path, blob: Blob, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        server = FtpServer(root, host="::1")
    except OSError as error:
        missing(f"this machine has no loopback address of IPv6: {error}")
    with caplog.at_level("DEBUG", "pyftpdlib"), server:
        connect(server).put(blob, source)
    assert "EPSV" in caplog.text
    assert "PASV" not in caplog.text


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("PASV", "227 Entering passive mode (127,0,0,1,0,0)."),
        ("PASV", "227 Entering passive mode (127,0,0,1,999,9)."),
        ("PASV", "227 Entering passive mode."),
        ("SIZE", "213 many"),
        ("SIZE", "213 -1"),
        ("SIZE", "200 large"),
    ],
)
def test_nonsense_from_a_server_is_told_and_blamed_on_nobody_else(
    connect: Connect, root: Path, blob: Blob, command: str, answer: str
) -> None:
    (root / blob.digest[:2]).mkdir()
    with FtpServer(root, answers={command: answer}) as server, pytest.raises(Transient, match="the server"):
        connect(server).open(blob) if command == "SIZE" else list(connect(server).names())


@pytest.mark.parametrize("where", ["", "bundles", "bundles/of aslo"])
def test_what_is_refused_is_never_taken_for_missing(
    connect: Connect, server: FtpServer, root: Path, blob: Blob, source: Path, where: str
) -> None:
    storage = connect(server, path="bundles/of aslo")
    storage.put(blob, source)
    closed = root / where if where else root / "bundles" / "of aslo" / blob.digest[:2]
    closed.chmod(0)
    for ask in (lambda: storage.stat(blob.name), lambda: storage.open(blob), lambda: list(storage.names())):
        with pytest.raises(Transient):
            ask()
    with pytest.raises(Transient):
        storage.delete(blob.name)
    closed.chmod(0o755)
    assert content(storage, blob) == source.read_bytes()


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
