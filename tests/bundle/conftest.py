"""Bundles made byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from aslo_core.testing.zips import Entry, good_entries, zip_bytes


@dataclass(frozen=True)
class Zipping:
    """Makes bundles in a directory of the test's own."""

    folder: Path
    entry: type[Entry] = Entry
    lay_out: Callable[..., bytes] = zip_bytes

    def write(self, data: bytes, name: str = "bundle.xo") -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def files(self, more: Mapping[str, bytes] | None = None) -> list[Entry]:
        """Return the entries of a good small bundle, with more files below its root, or other content for them."""
        return good_entries(more)

    def bundle(self, *extra: Entry, more: Mapping[str, bytes] | None = None, **layout: object) -> Path:
        """Write the good small bundle with further entries after its own."""
        return self.write(zip_bytes([*self.files(more), *extra], **layout))  # type: ignore[arg-type]


@pytest.fixture
def zipping(tmp_path: Path) -> Zipping:
    return Zipping(tmp_path)
