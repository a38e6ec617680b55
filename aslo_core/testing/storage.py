"""What every storage has to hold, as tests that a plugin adopts by giving its storage.

All of a plugin's `tests/test_contract.py`, for example:

    class TestContract(StorageContract):
        @pytest.fixture
        def storage(self, tmp_path: Path) -> Storage:
            return create(LocalOptions(path=tmp_path / "bundles"), context)

The storage is empty at the start of each test. One behind a network adopts `NetworkStorageContract` of
`aslo_core.testing.network_storage` in its place, and every one `StorageFaults` of `aslo_core.testing.storage_faults` beside it.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aslo_core.errors import Permanent
from aslo_core.types import Blob, Storage

_NAME = f"ab/ab{'0' * 62}.xo"

HOSTILE_NAMES = (
    "",
    ".",
    "..",
    "ab",
    "../../../../etc/passwd",
    "/etc/passwd",
    "/" + _NAME,
    "./" + _NAME,
    "ab/../" + _NAME,
    _NAME + "/..",
    _NAME + "\n",
    _NAME + "\r\nDELE x.xo",
    _NAME + "\0",
    _NAME.upper(),
    _NAME.replace("ab/", "cd/"),
    _NAME.replace("ab/", "ab\\"),
    _NAME.removesuffix(".xo"),
    _NAME.replace(".xo", "."),
    _NAME.replace(".xo", ".x/o"),
    _NAME.replace(".xo", ".waytoolong"),
    _NAME.replace("0.xo", ".xo"),
    _NAME.replace("0.xo", "\u0660.xo"),  # a digit, but not one of ASCII
    _NAME.replace("0.xo", "g.xo"),
    f"ab/.part-{'0' * 16}",
)
"""Names that no storage may act on."""

Make = Callable[[bytes], tuple[Blob, Path]]
"""Writes bytes to a new file and gives its blob and path."""


def some_bytes(count: int) -> bytes:
    """`count` bytes that do not compress, always the same ones."""
    return random.Random(count).randbytes(count)  # noqa: S311 (nothing secret)


def content(storage: Storage, blob: Blob, start: int = 0) -> bytes:
    """All that the storage gives of an object from byte `start` on."""
    with storage.open(blob, start) as file:
        return file.read()


class MakesFiles:
    """Gives tests a fixture `make`."""

    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        """Make files to store."""

        def write(data: bytes) -> tuple[Blob, Path]:
            blob = Blob(digest=hashlib.sha256(data).hexdigest(), size=len(data), suffix=".xo")
            path = tmp_path / "made" / blob.digest
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            return blob, path

        return write


class StorageContract(MakesFiles):
    """What `aslo_core.types.Storage` promises. Give it a fixture `storage`."""

    @pytest.mark.parametrize("size", [0, 1, 65_536, 3_000_001])
    def test_what_was_put_is_read_back(self, storage: Storage, make: Make, size: int) -> None:
        """Nothing, a byte, a block and a few megabytes come back as they were."""
        data = some_bytes(size)
        blob, path = make(data)
        storage.put(blob, path)
        assert content(storage, blob) == data
        assert storage.stat(blob.name) == size
        assert list(storage.names()) == [blob.name]

    def test_it_starts_empty(self, storage: Storage) -> None:
        """Before the first object, nothing is there and nothing fails."""
        assert list(storage.names()) == []
        assert storage.stat(_NAME) is None
        storage.delete(_NAME)

    def test_putting_again_is_success(self, storage: Storage, make: Make) -> None:
        """A step that is done twice harms nothing."""
        blob, path = make(b"once")
        storage.put(blob, path)
        storage.put(blob, path)
        assert content(storage, blob) == b"once"
        assert list(storage.names()) == [blob.name]

    def test_the_suffix_is_part_of_the_name(self, storage: Storage, make: Make) -> None:
        """The same bytes under two suffixes are two objects."""
        blob, path = make(b"same")
        other = Blob(digest=blob.digest, size=blob.size, suffix=".png")
        storage.put(blob, path)
        assert storage.stat(other.name) is None
        storage.put(other, path)
        assert set(storage.names()) == {blob.name, other.name}

    @pytest.mark.parametrize("found", [b"", b"other bytes.", b"the bytes", b"the bytes, and more"])
    def test_a_file_that_is_not_what_its_blob_says_is_refused(self, storage: Storage, make: Make, found: bytes) -> None:
        """Empty, of another digest, too short or too long: nothing of it is ever visible."""
        blob, path = make(b"the bytes it")
        path.write_bytes(found)
        with pytest.raises(Permanent) as refused:
            storage.put(blob, path)
        assert refused.value.rule == "storage.file-changed"
        assert storage.stat(blob.name) is None
        assert list(storage.names()) == []

    def test_a_large_file_with_a_wrong_last_byte_is_refused(self, storage: Storage, make: Make) -> None:
        """What is wrong shows only after all was sent, and still nothing is visible."""
        data = bytearray(some_bytes(2_000_000))
        blob, path = make(bytes(data))
        data[-1] ^= 1
        path.write_bytes(data)
        with pytest.raises(Permanent):
            storage.put(blob, path)
        assert list(storage.names()) == []

    def test_a_vanished_file_is_refused(self, storage: Storage, make: Make) -> None:
        """The file was removed before it was stored."""
        blob, path = make(b"gone")
        path.unlink()
        with pytest.raises(Permanent):
            storage.put(blob, path)
        assert list(storage.names()) == []

    @pytest.mark.parametrize("start", [0, 1, 65_535, 65_536, 199_999, 200_000, 200_001])
    def test_reading_starts_where_it_is_asked_to(self, storage: Storage, make: Make, start: int) -> None:
        """Anywhere within, at the end, and beyond it."""
        data = some_bytes(200_000)
        blob, path = make(data)
        storage.put(blob, path)
        assert content(storage, blob, start) == data[start:]

    def test_reading_may_stop_anywhere(self, storage: Storage, make: Make) -> None:
        """A reader that goes away early disturbs no other one."""
        data = some_bytes(1_000_000)
        blob, path = make(data)
        storage.put(blob, path)
        with storage.open(blob) as first, storage.open(blob, 10) as second:
            assert first.read(10) == data[:10]
            assert second.read(10) == data[10:20]
        assert content(storage, blob) == data

    def test_reading_what_is_not_there_is_a_key_error(self, storage: Storage, make: Make) -> None:
        """Whether or not something else is there."""
        missing, _ = make(b"missing")
        with pytest.raises(KeyError):
            storage.open(missing)
        storage.put(*make(b"something"))
        with pytest.raises(KeyError):
            storage.open(missing)

    def test_what_is_deleted_is_gone_and_can_come_back(self, storage: Storage, make: Make) -> None:
        """Deleting is success twice; it touches nothing else."""
        blob, path = make(b"first")
        other, other_path = make(b"second")
        storage.put(blob, path)
        storage.put(other, other_path)
        storage.delete(blob.name)
        storage.delete(blob.name)
        assert list(storage.names()) == [other.name]
        with pytest.raises(KeyError):
            storage.open(blob)
        storage.put(blob, path)
        assert content(storage, blob) == b"first"

    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    def test_a_name_that_is_none_is_never_acted_on(self, storage: Storage, name: str) -> None:
        """`stat` and `delete` take text: nothing but a blob's name passes."""
        with pytest.raises(Permanent):
            storage.stat(name)
        with pytest.raises(Permanent):
            storage.delete(name)

    def test_many_may_put_the_same(self, storage: Storage, make: Make) -> None:
        """Every one of them succeeds and one object is there."""
        data = some_bytes(500_000)
        blob, path = make(data)
        with ThreadPoolExecutor(8) as threads:
            for put in [threads.submit(storage.put, blob, path) for _ in range(8)]:
                put.result()
        assert list(storage.names()) == [blob.name]
        assert content(storage, blob) == data

    def test_many_may_put_different_ones(self, storage: Storage, make: Make) -> None:
        """None gets another's bytes."""
        made = [make(some_bytes(100_000 + number)) for number in range(8)]
        with ThreadPoolExecutor(8) as threads:
            for put in [threads.submit(storage.put, *one) for one in made]:
                put.result()
        assert set(storage.names()) == {blob.name for blob, _ in made}
        for blob, path in made:
            assert content(storage, blob) == path.read_bytes()

    def test_an_address_ends_in_the_name(self, storage: Storage, make: Make) -> None:
        """It is the same before and after the object is there, or there is none at all."""
        blob, path = make(b"found")
        before = storage.address(blob)
        storage.put(blob, path)
        assert storage.address(blob) == before
        assert before is None or before.endswith("/" + blob.name)
