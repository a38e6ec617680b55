"""Writes a distribution with a plugin in it that works at once, for its author to go on from.

The text of its files is in `templates/`: those in `shared/` and those of the kind, each a `string.Template`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from aslo_core.api_version import API
from aslo_core.entry_points import Kind

NAME_RULE = "lower-case letters and digits, in words with a hyphen between them, a letter first, at most 40 characters"

_NAME = re.compile(r"(?=.{1,40}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SUFFIX = ".tmpl"
_ROLE: dict[Kind, str] = {"source": "source", "builder": "builder", "storage": "storage", "notifier": "notify"}
_DEPENDENCIES: dict[Kind, tuple[str, ...]] = {"source": ("msgspec~=0.22",), "notifier": ("httpx2~=2.16",)}


@dataclass(frozen=True)
class NewPlugin:
    """What a new plugin is called.

    Attributes:
        kind: what it offers.
        name: what `use = "…"` is to say.

    Raises:
        ValueError: the name is none that works everywhere: in addresses of packages, as a module and in a file's path.
    """

    kind: Kind
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name for a plugin: {NAME_RULE}")

    @property
    def distribution(self) -> str:
        """What it is installed as, and the name of its folder."""
        return f"aslo-{_ROLE[self.kind]}-{self.name}"

    @property
    def module(self) -> str:
        """What it is imported as."""
        return self.distribution.replace("-", "_")

    def contents(self) -> dict[str, str]:
        """Give the text of each file by its path in the folder. Nothing is written."""
        words = {
            "kind": self.kind,
            "name": self.name,
            "Class": "".join(word.capitalize() for word in self.name.split("-")),
            "module": self.module,
            "distribution": self.distribution,
            "api": str(API),
            "dependencies": "".join(f'    "{one}",\n' for one in ("aslo-core", *_DEPENDENCIES.get(self.kind, ()))),
        }
        templates = files(__name__) / "templates"
        return {
            path.replace("package/", f"{self.module}/").removesuffix(_SUFFIX): Template(text).substitute(words)
            for folder in ("shared", self.kind)
            for path, text in _texts(templates / folder)
        }

    def write(self, into: Path) -> tuple[Path, ...]:
        """Write the files to a new folder in `into`, and return their paths.

        Raises:
            FileExistsError: something is there already; it is left as it is.
            OSError: it cannot be written.
        """
        folder = into / self.distribution
        folder.mkdir()
        paths = []
        for name, text in sorted(self.contents().items()):
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return tuple(paths)


def _texts(folder: Traversable, below: str = "") -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _texts(entry, f"{below}{entry.name}/")
        elif entry.name.endswith(_SUFFIX):
            yield below + entry.name, entry.read_text(encoding="utf-8")
