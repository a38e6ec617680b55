import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aslo_storage_local import LocalOptions, create

from aslo_core.api import Context, Storage
from aslo_core.testing.modes import forbidden, obeyed
from aslo_core.testing.small_disk import SmallDisk
from aslo_core.testing.storage_faults import StorageFaults
from aslo_core.testing.storage_place import Place, Trait


class TestFaults(StorageFaults):
    traits = Trait.ROOM | Trait.PERMISSIONS | Trait.TAMPERING

    @pytest.fixture
    def place(self, tmp_path: Path, disk: SmallDisk) -> Iterator[Place]:
        root = disk.folder / "bundles"

        def storage(_patience: float = 0) -> Storage:
            context = Context(name="main", directory=tmp_path, data=tmp_path / "data", public_url="http://localhost")
            return create(LocalOptions(path=root), context)

        def overwrite(name: str, data: bytes) -> None:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(data)

        @contextmanager
        def refused() -> Iterator[None]:
            with forbidden(root), obeyed():
                yield

        yield Place(backend="local", storage=storage, healthy=storage(), overwrite=overwrite, full=disk.full, forbidden=refused)
        shutil.rmtree(root, ignore_errors=True)  # most faults leave it, some tests never make it
