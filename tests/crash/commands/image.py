"""The case of the command that makes a root tree for builders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from aslo_core.errors import AsloError
from aslo_core.rootfs import read_tree
from aslo_core.rootfs.packages import PACKAGES, download
from aslo_core.testing.prepared_aslo import Ended
from tests.crash.scene import Scene

_DOWNLOADING = Lock()
_APT = """\
#!/bin/sh
# Brings the packages that were downloaded once.
exec cp "{packages}"/*.deb .
"""


class Imaging:
    """`aslo builder image build`: a root tree that is whole, and nothing beside it.

    Args:
        made: where.
        packages: folder with the packages that a stand-in for apt-get brings.
    """

    arguments = ("builder", "image", "build", "--json")

    def __init__(self, made: Scene, packages: Path) -> None:
        programs = made.folder / "bin"
        programs.mkdir()
        (programs / "apt-get").write_text(_APT.format(packages=packages))
        (programs / "apt-get").chmod(0o755)
        self.environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        self._trees = made.data / "rootfs"

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        for tree in self._trees.iterdir():
            if tree.name != "partial":
                yield from _changed(tree)

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status:
            yield f"ended: the second time with {again.status}: {again.err}"
            return
        place = self._trees / again.json["digest"].removeprefix("sha256:")
        yield from _changed(place)
        yield from (f"left: {tree.name}" for tree in self._trees.iterdir() if tree != place)


def _changed(tree: Path) -> Iterator[str]:
    """Hold a tree against the digest that it is named by."""
    try:
        read_tree(tree, f"sha256:{tree.name}")
    except AsloError as error:
        yield f"file: {error}"


@cache
def packages(folder: Path) -> Path:
    """Download the packages of a root tree once, to below that folder.

    Raises:
        AsloError: they cannot be had on this machine.
    """
    with _DOWNLOADING:
        place = folder / "packages"
        if not place.exists():
            with TemporaryDirectory(dir=folder) as partial:
                download(Path(partial), PACKAGES, lambda _line: None)
                shutil.copytree(partial, place)
        return place
