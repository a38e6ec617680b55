from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from aslo_core.api import API

GOOD = """
from aslo_core.api import Offer, Options, hook

class ShelfOptions(Options):
    label: str = ""

@hook
def aslo_storages():
    return [Offer("shelf", ShelfOptions, lambda options, context: (options.label, context.name))]
"""


class Site:
    """A folder on Python's path into which distributions are installed, as pip leaves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: list[str] = []

    def install(
        self,
        name: str,
        source: str,
        *,
        version: str = "1.0",
        entry: str = "storage.shelf",
        module: str = "",
        api: tuple[str, ...] = (str(API),),
    ) -> None:
        """Install a distribution of one module, one or several entry points (`a = m`, one on each line), and what it states."""
        module = module or name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(dedent(source))
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        entries = entry if "=" in entry else f"{entry} = {module}"
        stated = "\n".join(f"{version} = {module}" for version in api)
        (info / "entry_points.txt").write_text(f"[aslo]\n{entries}\n[aslo.api]\n{stated}\n")
        self.modules.append(module)
        importlib.invalidate_caches()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    made = Site(folder)
    yield made
    for module in made.modules:
        sys.modules.pop(module, None)
