"""A plugin with a trivial source and a trivial builder, as a peer's step that runs `true`: what is left is the orchestrator.

The source takes GitHub's webhooks with the source of GitHub, and "fetches" by writing one file. The builder packs it into a zip
within the process, and "inspects" by reading the version back, without running the inspector. All else is ASLO's own.
"""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from pathlib import Path

import msgspec
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.source import GitHubSource, create

from aslo_core.api import (
    Announcement,
    Builder,
    BuildRequest,
    Context,
    Fetched,
    InspectionRequest,
    Isolation,
    LogSink,
    Offer,
    Options,
    Source,
    Toolchain,
    hook,
)

FILE = "VERSION"


class TrivialSource:
    """A `Source` whose webhooks are GitHub's, and whose releases are one file with the tag in it.

    Args:
        github: reads the webhooks.
    """

    def __init__(self, github: GitHubSource) -> None:
        self.verify = github.verify

    def fetch(self, announcement: Announcement, into: Path, _log: LogSink) -> Fetched:
        """Write the file."""
        (into / FILE).write_text(announcement.tag)
        commit = hashlib.sha1(announcement.tag.encode(), usedforsecurity=False).hexdigest()
        return Fetched(commit=commit, tree=into, files=(FILE,), address="trivial:")


class TrivialBuilder:
    """A `Builder` that starts no process."""

    isolation = Isolation(level="process", detail="none")
    toolchain = Toolchain(name="trivial", version="1")

    def build(self, request: BuildRequest, _log: LogSink) -> None:
        """Pack the file."""
        with tarfile.open(request.source) as tar, zipfile.ZipFile(request.bundle, "x") as bundle:
            for entry in tar:
                if (file := tar.extractfile(entry)) is not None:
                    bundle.writestr(entry.name, file.read())

    def inspect(self, request: InspectionRequest, _log: LogSink) -> None:
        """Tell the version that the file has, and of all else what has to be told at least; each is an activity of its own."""
        with tarfile.open(request.material) as tar, tar.extractfile("bundle.xo") as file, zipfile.ZipFile(file) as bundle:  # type: ignore[union-attr]
            version = bundle.read(FILE).decode()
        metadata = {
            "bundle_id": f"org.aslo.Trivial{version}",
            "name": "Trivial",
            "version": version,
            "toolkit": "web",
            "min_sugar": "0.100",
            "icon": "<svg />",
            "file_name": f"Trivial-{version}.xo",
        }
        digest = hashlib.sha256(version.encode()).hexdigest()
        found = {"metadata": metadata, "content_digest": digest, "entries": 1, "icons": [], "screenshots": [], "warnings": []}
        request.findings.write_bytes(msgspec.json.encode(found) + b"\n")


def _source(options: GitHubSourceOptions, context: Context) -> TrivialSource:
    return TrivialSource(create(options, context))


def _builder(_options: Options, _context: Context) -> TrivialBuilder:
    return TrivialBuilder()


@hook
def aslo_sources() -> list[Offer[Source]]:
    """Offer `use = "trivial"`."""
    return [Offer("trivial", GitHubSourceOptions, _source)]


@hook
def aslo_builders() -> list[Offer[Builder]]:
    """Offer `use = "trivial"`."""
    return [Offer("trivial", Options, _builder)]


def install(folder: Path) -> None:
    """Make what an installed distribution has, so that ASLO finds this module where the folder is on Python's path."""
    made = folder / "aslo_trivial-1.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: aslo-trivial\nVersion: 1\n")
    (made / "entry_points.txt").write_text(
        f"[aslo]\nsource.trivial = {__name__}\nbuilder.trivial = {__name__}\n[aslo.api]\n1.1 = {__name__}\n"
    )
