from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aslo_core.testing.gallery import hang
from aslo_core.testing.site import Site, opened


@pytest.fixture
def site(migrated: Path, tmp_path: Path) -> Iterator[Site]:
    shutil.copy(migrated, tmp_path / "log.db")
    with opened(tmp_path, page_size=2, recent=2) as site:
        yield site


@pytest.fixture(scope="session")
def gallery(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that nobody may change."""
    folder = tmp_path_factory.mktemp("gallery")
    shutil.copy(migrated, folder / "log.db")
    with opened(folder) as site:
        hang(site)
        yield site
