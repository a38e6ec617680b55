"""Where a run's files lie while it is worked on: disposable, and checked against the log before each use."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aslo_core.types import Blob


class Workspace:
    """The folder of one run. What lies in it can vanish at any time; the steps make it again.

    Args:
        root: folder of all workspaces.
        stream: the release's stream.
        run: number of the run.
    """

    def __init__(self, root: Path, stream: str, run: int) -> None:
        name = hashlib.sha256(f"{stream}\n{run}".encode()).hexdigest()[:24]
        self.path = root / name

    @property
    def source(self) -> Path:
        """The tar archive of the commit's files that a builder is given."""
        return self.path / "source.tar"

    @property
    def bundle(self) -> Path:
        """The bundle, built or taken."""
        return self.path / "bundle.xo"

    @property
    def asset(self) -> Path:
        """The attached bundle as downloaded."""
        return self.path / "asset.xo"

    def picture(self, blob: Blob) -> Path:
        """A screenshot."""
        return self.path / "pictures" / blob.name

    def keep_picture(self, blob: Blob, data: bytes) -> None:
        """Keep a screenshot."""
        path = self.picture(blob)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """Make an empty folder for one step, and remove it afterwards, whatever happens."""
        folder = self.path / f"scratch-{name}"
        if folder.exists():  # of an attempt that was killed
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.path, ignore_errors=True)


def forget_ended(root: Path, open_runs: Iterable[tuple[str, int]]) -> None:
    """Remove the workspaces of runs that have ended, and what steps were at, as a process leaves them that is killed just then.

    Only for whoever knows that nobody is at work.

    Args:
        root: folder of all workspaces.
        open_runs: stream and number of each run that has not ended.
    """
    kept = {Workspace(root, stream, run).path for stream, run in open_runs}
    for folder in root.glob("*"):
        for lost in folder.glob("scratch-*") if folder in kept else (folder,):
            shutil.rmtree(lost, ignore_errors=True)


def holds(path: Path, blob: Blob) -> bool:
    """Tell whether the file at `path` is exactly those bytes."""
    try:
        return Blob.of(path, blob.suffix) == blob
    except FileNotFoundError:
        return False
