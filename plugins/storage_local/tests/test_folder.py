"""What a folder on a disk holds beyond the contract: durability, links, damage, full and forbidden disks, killed processes."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aslo_storage_local import LocalOptions, create

from aslo_core.api import Blob, Context, Permanent, Storage, Transient
from aslo_core.testing.services import missing

DATA = b"the bytes of a bundle"

PUT = """
import sys
from pathlib import Path
from aslo_core.api import Blob, Context, Transient
from aslo_storage_local import LocalOptions, create

root, source, digest, size = sys.argv[1:]
context = Context(name="main", directory=Path("/"), data=Path("/"), public_url="")
storage = create(LocalOptions(path=Path(root)), context)
try:
    storage.put(Blob(digest=digest, size=int(size), suffix=".xo"), Path(source))
except Transient as error:
    print(error, list(storage.names()))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "bundles"


@pytest.fixture
def new_storage(tmp_path: Path) -> Callable[[], Storage]:
    context = Context(name="main", directory=tmp_path, data=tmp_path, public_url="http://localhost")
    return lambda: create(LocalOptions(path=Path("bundles")), context)


@pytest.fixture
def storage(new_storage: Callable[[], Storage]) -> Storage:
    return new_storage()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.xo"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def blob(source: Path) -> Blob:
    return Blob.of(source, ".xo")


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def test_a_relative_path_is_meant_from_the_folder_of_the_configuration(
    storage: Storage, blob: Blob, source: Path, root: Path
) -> None:
    storage.put(blob, source)
    assert (root / blob.name).read_bytes() == DATA


def test_making_it_touches_nothing(storage: Storage, root: Path) -> None:
    assert list(storage.names()) == []
    assert not root.exists()


def test_reading_gives_a_real_file(storage: Storage, blob: Blob, source: Path) -> None:
    storage.put(blob, source)
    with storage.open(blob, 4) as file:
        assert os.fstat(file.fileno()).st_size == blob.size
        assert file.tell() == 4
        assert file.seekable()


@pytest.mark.parametrize(("mask", "modes"), [(0o022, (0o755, 0o644)), (0o027, (0o750, 0o640))])
def test_modes_are_those_of_the_umask(
    storage: Storage, source: Path, umask: Callable[[int], int], mask: int, modes: tuple[int, int]
) -> None:
    umask(mask)
    blob = Blob.of(source, ".xo")
    storage.put(blob, source)
    kept = source.parent / "bundles" / blob.name
    assert tuple(stat.S_IMODE(path.stat().st_mode) for path in (kept.parent, kept)) == modes
    assert stat.S_IMODE(kept.parent.parent.stat().st_mode) == modes[0]


def test_bytes_are_synced_before_the_name_and_the_name_before_success(
    storage: Storage, blob: Blob, source: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_fsync, real_link = os.fsync, os.link

    def fsync(descriptor: int) -> None:
        done.append("sync " + str(Path(f"/proc/self/fd/{descriptor}").readlink()).removeprefix(str(root.parent)))
        real_fsync(descriptor)

    def link(*args: object, **kwargs: object) -> None:
        done.append("link")
        real_link(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    storage.put(blob, source)
    assert done[0] == "sync "  # the entry of the new root
    *shelves, temporary = done[1 : done.index("link")]
    assert set(shelves) == {"sync /bundles"}
    assert temporary.startswith("sync /bundles/.incoming/")
    assert done[done.index("link") + 1 :] == [f"sync /bundles/{blob.digest[:2]}"]

    done.clear()
    storage.put(blob, source)  # somebody may have copied the file there without syncing it
    assert done == [f"sync /bundles/{blob.name}", f"sync /bundles/{blob.digest[:2]}"]


def test_the_entry_of_a_shelf_that_was_there_is_synced_once(
    storage: Storage, blob: Blob, source: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made it may have died before."""
    (root / blob.name).parent.mkdir(parents=True)
    (root / ".incoming").mkdir()
    done: list[Path] = []
    real_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    storage.put(blob, source)
    storage.put(blob, source)
    assert done.count(root) == 1
    assert done[0] == root


@pytest.mark.parametrize("found", [b"", DATA[:7], DATA + b"!", b"THE BYTES OF A BUNDLE"])
def test_other_bytes_under_the_name_are_reported_and_kept(
    storage: Storage, blob: Blob, source: Path, root: Path, found: bytes
) -> None:
    (root / blob.name).parent.mkdir(parents=True)
    (root / blob.name).write_bytes(found)
    with pytest.raises(Permanent) as refused:
        storage.put(blob, source)
    assert refused.value.rule == "storage.other-bytes"
    assert f"{len(found)} bytes" in refused.value.found
    assert (root / blob.name).read_bytes() == found


def test_a_truncated_object_is_never_served(storage: Storage, blob: Blob, source: Path, root: Path) -> None:
    storage.put(blob, source)
    os.truncate(root / blob.name, 5)
    with pytest.raises(Transient, match="damaged: it has 5 bytes instead of 21"):
        storage.open(blob)


def test_a_folder_that_is_a_link_is_not_followed(
    storage: Storage, blob: Blob, source: Path, root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / blob.name.split("/")[1]).write_bytes(DATA)
    root.mkdir()
    (root / blob.digest[:2]).symlink_to(outside)
    for act in (
        lambda: storage.put(blob, source),
        lambda: storage.open(blob),
        lambda: storage.stat(blob.name),
        lambda: storage.delete(blob.name),
    ):
        with pytest.raises(Transient, match="links are never followed"):
            act()
    assert list(storage.names()) == []
    assert len(list(outside.iterdir())) == 1


def test_a_file_in_place_of_a_folder_is_told(storage: Storage, blob: Blob, source: Path, root: Path) -> None:
    root.write_bytes(DATA)
    with pytest.raises(Transient, match="a file lies where a folder belongs; move it away"):
        storage.put(blob, source)
    root.unlink()
    storage.put(blob, source)


def test_a_file_that_is_a_link_is_not_followed(storage: Storage, blob: Blob, source: Path, root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(DATA)
    (root / blob.name).parent.mkdir(parents=True)
    (root / blob.name).symlink_to(secret)
    for act in (lambda: storage.put(blob, source), lambda: storage.open(blob), lambda: storage.stat(blob.name)):
        with pytest.raises(Transient):
            act()
    assert list(storage.names()) == []
    storage.delete(blob.name)
    assert not (root / blob.name).is_symlink()
    assert secret.read_bytes() == DATA


def test_a_pipe_under_the_name_does_not_hang_anybody(storage: Storage, blob: Blob, source: Path, root: Path) -> None:
    (root / blob.name).parent.mkdir(parents=True)
    os.mkfifo(root / blob.name)
    for act in (lambda: storage.put(blob, source), lambda: storage.open(blob), lambda: storage.stat(blob.name)):
        with pytest.raises(Transient, match="not a plain file"):
            act()


def test_the_root_itself_may_be_a_link(storage: Storage, blob: Blob, source: Path, root: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    root.symlink_to(tmp_path / "disk")
    storage.put(blob, source)
    assert list(storage.names()) == [blob.name]


def test_what_else_lies_there_is_no_object(storage: Storage, blob: Blob, source: Path, root: Path) -> None:
    storage.put(blob, source)
    shelf = root / blob.digest[:2]
    (root / "README").write_text("bundles")
    (root / "lost+found").mkdir()
    (shelf / "notes.txt").write_text("mine")
    (shelf / f"{blob.digest}.xo.part").write_bytes(DATA)
    (shelf / f"{'0' * 64}.xo").write_bytes(b"on a shelf that is not its own")
    (shelf / f"{blob.digest}.dir").mkdir()
    assert list(storage.names()) == [blob.name]


def test_a_process_killed_while_it_writes_leaves_nothing_visible_and_little_behind(
    new_storage: Callable[[], Storage], blob: Blob, source: Path, root: Path, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", PUT, str(root), str(pipe), blob.digest, str(blob.size)]
    with subprocess.Popen(command) as writer, pipe.open("wb", buffering=0) as feed:
        feed.write(DATA[:10])
        writer.send_signal(signal.SIGKILL)
    (left,) = (root / ".incoming").iterdir()
    assert list(new_storage().names()) == []

    new_storage().put(blob, source)
    assert left.exists()  # young: its process may be at work
    long_ago = time.time() - 25 * 3600
    os.utime(left, (long_ago, long_ago))
    new_storage().put(blob, source)
    new_storage().delete(blob.name)
    new_storage().put(blob, source)
    assert list((root / ".incoming").iterdir()) == []
    assert list(new_storage().names()) == [blob.name]


@pytest.mark.parametrize(
    ("options", "words"),
    [("size=64k", "the disk is full; make room on it []"), ("ro", "the file system is mounted read-only")],
)
def test_a_disk_that_takes_nothing_is_transient_and_says_why(tmp_path: Path, options: str, words: str) -> None:
    disk, large = tmp_path / "disk", tmp_path / "large"
    disk.mkdir()
    large.write_bytes(bytes(200_000))
    blob = Blob.of(large, ".xo")
    in_namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o {options} tmpfs '{disk}'"
    if subprocess.run([*in_namespace, mount], capture_output=True, check=False).returncode:
        missing("no tmpfs can be mounted here: util-linux is not installed, or user namespaces are forbidden")
    put = [sys.executable, "-c", PUT, str(disk), str(large), blob.digest, str(blob.size)]
    ran = subprocess.run([*in_namespace, f'{mount} && exec "$@"', "sh", *put], capture_output=True, text=True, check=True)
    assert words in ran.stdout


def test_a_forbidden_folder_is_transient_and_names_who_may_not(storage: Storage, blob: Blob, source: Path, root: Path) -> None:
    root.mkdir()
    root.chmod(0o500)
    source.parent.chmod(0o755)
    nobody = 65534
    if os.geteuid() == 0:  # to whom nothing is forbidden
        os.seteuid(nobody)
        try:
            with pytest.raises(Transient, match=f"permission denied for user id {nobody}"):
                storage.put(blob, source)
        finally:
            os.seteuid(0)
    else:
        with pytest.raises(Transient, match=f"permission denied for user id {os.geteuid()}"):
            storage.put(blob, source)
    root.chmod(0o700)
    assert list(storage.names()) == []


_HANGS = """
import os, sys, threading
from pathlib import Path
from aslo_core.api import Blob
from aslo_storage_local.folder import FolderStorage

began = threading.Event()

def hang(*_):
    began.set()
    threading.Event().wait()

os.write = hang
source = Path(sys.argv[1])
storage = FolderStorage("main", Path(sys.argv[2]))
blob = Blob.of(source, ".xo")
threading.Thread(target=storage.put, args=(blob, source), daemon=True).start()
assert began.wait(30)
"""


def test_a_disk_that_hangs_does_not_keep_the_process_from_its_end(source: Path, root: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", _HANGS, source, root], timeout=60, check=False)
    assert ended.returncode == 0
