from pathlib import Path

import pytest
from aslo_storage_local import LocalOptions, create

from aslo_core.api import Context, Storage
from aslo_core.testing.storage import StorageContract


class TestContract(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        context = Context(name="main", directory=tmp_path, data=tmp_path, public_url="http://localhost")
        return create(LocalOptions(path=Path("var/bundles")), context)
