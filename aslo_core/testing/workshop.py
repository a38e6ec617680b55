"""A source and a builder on this machine alone: a folder as the host, and the real packer as a plain process.

For tests of what calls sources and builders. Each can be told to fail before it does anything.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from aslo_core.bundle.program import packer_program, packer_toolchain
from aslo_core.errors import Permanent
from aslo_core.types import (
    Announcement,
    Asset,
    BuildRequest,
    Fetched,
    FetchedAsset,
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


class Fault(msgspec.Struct):
    """What the packer says in its last line of a source that is at fault."""

    rule: str
    found: str
    cure: str


@dataclass
class ProcessBuilder:
    """Runs the real packer as a plain process, without limits: for sources of one's own.

    Attributes:
        fails: called before each build; raise in it what is to go wrong.
        built: how often it was asked.
        spoils: appended to each bundle, so that two builds of one source can differ.
    """

    fails: Callable[[], None] = lambda: None
    built: int = 0
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
        """Build; exit status 65 means that the source is at fault."""
        self.built += 1
        self.fails()
        with request.source.open("rb") as source, request.bundle.open("xb") as bundle:
            ended = subprocess.run(
                packer_program().command(),
                stdin=source,
                stdout=bundle,
                stderr=subprocess.PIPE,
                timeout=request.limits.wall_seconds,
                check=False,
            )
            bundle.write(self.spoils)
        log(ended.stderr)
        if ended.returncode == 65:  # noqa: PLR2004 (EX_DATAERR of sysexits.h)
            fault = msgspec.json.decode(ended.stderr.splitlines()[-1], type=Fault)
            raise Permanent(fault.rule, fault.found, fault.cure)
        if ended.returncode:
            raise RuntimeError(f"the packer ended with status {ended.returncode}: {ended.stderr[-500:]!r}")
