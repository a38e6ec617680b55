"""A source and a builder on this machine alone: a folder as the host, and the real packer as a plain process.

For tests of what calls sources and builders. Each can be told to fail before it does anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from aslo_core.bundle.program import inspector_program, packer_program, packer_toolchain
from aslo_core.bundle.unconfined import run_unconfined
from aslo_core.types import (
    Announcement,
    Asset,
    BuildRequest,
    Fetched,
    FetchedAsset,
    InspectionRequest,
    Isolation,
    LogSink,
    Person,
    Toolchain,
)


@dataclass
class FolderSource:
    """A host that has one release: a folder with its files, and the files attached to it.

    Attributes:
        tree: the files that the tag names; change them and the tag was moved.
        assets: what is attached, by name.
        fails: called before each fetch; raise in it what is to go wrong.
        fetched: how often it was asked.
    """

    tree: Path
    assets: dict[str, bytes] = field(default_factory=dict)
    fails: Callable[[], None] = lambda: None
    fetched: int = 0

    def fetch(self, announcement: Announcement, into: Path, log: LogSink) -> Fetched:
        """Copy the files; the commit is named by their content."""
        self.fetched += 1
        self.fails()
        log(f"fetching {announcement.tag}\n".encode())
        tree = into / "tree"
        shutil.copytree(self.tree, tree)
        files = sorted((path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()), key=str.encode)
        commit = sha256(b"".join(name.encode() + (tree / name).read_bytes() for name in files)).hexdigest()[:40]
        return Fetched(
            address=f"file://{self.tree}",
            commit=commit,
            tree=tree,
            files=tuple(files),
            assets=self._attached(into),
            contributors=(Person(login="ada"),),
        )

    def _attached(self, into: Path) -> tuple[FetchedAsset, ...]:
        fetched = []
        for number, (name, data) in enumerate(self.assets.items()):
            path = into / f"asset-{number}"
            path.write_bytes(data)
            fetched.append(FetchedAsset(asset=Asset(id=str(number), name=name, size=len(data)), path=path))
        return tuple(fetched)


@dataclass
class ProcessBuilder:
    """Runs the real packer and the real inspector as plain processes, without limits: for sources of one's own.

    Attributes:
        fails: called before each build; raise in it what is to go wrong.
        fails_to_inspect: called before each inspection, likewise.
        built: how often it was asked to build.
        inspected: how often it was asked to inspect.
        spoils: appended to each bundle, so that two builds of one source can differ.
    """

    fails: Callable[[], None] = lambda: None
    fails_to_inspect: Callable[[], None] = lambda: None
    built: int = 0
    inspected: int = 0
    spoils: bytes = b""

    @property
    def isolation(self) -> Isolation:
        """None worth the name."""
        return Isolation(level="process", detail="the packer in a plain process")

    @property
    def toolchain(self) -> Toolchain:
        """The packer on this Python."""
        return packer_toolchain()

    def build(self, request: BuildRequest, log: LogSink) -> None:
        """Build."""
        self.built += 1
        self.fails()
        run_unconfined(packer_program(), request.source, request.bundle, request.limits.wall_seconds, log)
        with request.bundle.open("ab") as bundle:
            bundle.write(self.spoils)

    def inspect(self, request: InspectionRequest, log: LogSink) -> None:
        """Inspect."""
        self.inspected += 1
        self.fails_to_inspect()
        run_unconfined(inspector_program(), request.material, request.findings, request.limits.wall_seconds, log)
