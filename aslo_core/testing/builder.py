"""What every builder has to do: a suite that a plugin's tests adopt by a class of a few lines.

Example::

    class TestMyBuilder(BuilderContract):
        @pytest.fixture
        def builder(self) -> Builder:
            return create(MyOptions(), Context(...))
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aslo_core.api import Builder, BuildLimits, BuildRequest, Permanent
from aslo_core.bundle.findings import Findings
from aslo_core.bundle.inspecting import inspect_confined
from aslo_core.bundle.limits import ICON_PIXELS, InspectionLimits
from aslo_core.types import Blob

INFO = """[Activity]
name = Paint Box
bundle_id = org.example.PaintBox
exec = sugar-activity3 activity.PaintBox
icon = paint-box
activity_version = 7
license = GPL-3.0-or-later
"""
ICON = """<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="55" height="55"><rect width="40" height="40" x="7" y="7"/></svg>
"""
SOURCE: Mapping[str, bytes] = {
    "activity.py": b"class PaintBox:\n    pass\n",
    "activity/activity.info": INFO.encode(),
    "activity/paint-box.svg": ICON.encode(),
    "data/caf\u00e9 \u2615.txt": "crème".encode(),
    "data/empty": b"",
    "setup.py": b"from sugar3.activity import bundlebuilder\n\nbundlebuilder.start()\n",
}
"""A small activity that every builder can build."""


class Build:
    """One build, with what came of it.

    Args:
        builder: who builds.
        folder: an empty folder to work in.
    """

    def __init__(self, builder: Builder, folder: Path) -> None:
        self.builder = builder
        self.bundle = folder / "activity.xo"
        self.log = b""
        self._source = folder / "source.tar"

    def of(
        self, files: Mapping[str, bytes], limits: BuildLimits | None = None, begun: Callable[[], None] = lambda: None
    ) -> bytes:
        """Build these files and return the bundle; `begun` is called just before.

        Raises:
            AsloError: what the builder raised.
        """
        self._source.write_bytes(source_tar(files))
        begun()
        self.builder.build(BuildRequest(source=self._source, bundle=self.bundle, limits=limits or BuildLimits()), self._hear)
        return self.bundle.read_bytes()

    def inspected(self, files: Mapping[str, bytes], limits: InspectionLimits | None = None) -> tuple[Findings, list[Blob]]:
        """Build these files, have the bundle inspected, and return what was found and which pictures came with it.

        Raises:
            AsloError: what the builder or the inspection raised.
        """
        self.of(files)
        return self.inspect(self.builder, limits)

    def inspect(self, builder: Builder, limits: InspectionLimits | None = None) -> tuple[Findings, list[Blob]]:
        """Have that builder inspect what was built, and return what was found and which pictures came with it.

        Raises:
            AsloError: what the builder or the inspection raised.
        """
        pictures: list[Blob] = []
        found = inspect_confined(
            builder.inspect,
            self.bundle,
            self._source,
            limits or InspectionLimits(),
            folder=self.bundle.parent,
            keep=lambda blob, _data: pictures.append(blob),
            log=self._hear,
        )
        return found, pictures

    def _hear(self, piece: bytes) -> None:
        self.log += piece


def source_tar(files: Mapping[str, bytes]) -> bytes:
    """A source as builders get it: a PAX archive of plain files with fixed times, sorted by name."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def png(width: int, height: int) -> bytes:
    """A picture without colours (Portable Network Graphics, W3C Recommendation)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))

    header = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 1) * height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class BuilderContract:
    """Adopt by a subclass that overrides the fixture `builder`."""

    @pytest.fixture
    def builder(self) -> Builder:
        """Override this: the builder under test."""
        raise NotImplementedError("override the fixture `builder`")

    @pytest.fixture
    def build(self, builder: Builder, tmp_path: Path) -> Build:
        """Gives a build in a folder of its own."""
        return Build(builder, tmp_path)

    def test_says_how_it_is_kept_from_the_host(self, builder: Builder) -> None:
        """The level is recorded with every build."""
        assert builder.isolation.level in ("container", "sandbox", "landlock", "process")
        assert builder.isolation.detail

    def test_says_what_it_makes_bundles_with(self, builder: Builder) -> None:
        """The program and its version are recorded with every build, and a container's image by its digest."""
        assert builder.toolchain.name
        assert builder.toolchain.version
        assert re.fullmatch(r"(sha256:[0-9a-f]{64})?", builder.toolchain.image)

    def test_packs_every_file_below_one_folder(self, build: Build) -> None:
        """Names and bytes come through, whatever language they are in."""
        with zipfile.ZipFile(io.BytesIO(build.of(SOURCE))) as bundle:
            assert bundle.testzip() is None
            (root,) = {name.split("/")[0] for name in bundle.namelist() if name != "mimetype"}
            assert root.endswith(".activity")
            packed = {name.removeprefix(root + "/"): bundle.read(name) for name in bundle.namelist()}
        assert SOURCE.items() <= packed.items()

    def test_same_source_gives_same_bytes(self, builder: Builder, tmp_path: Path) -> None:
        """A retry, or another machine, makes the same bundle."""
        first, second = tmp_path / "first", tmp_path / "second"
        first.mkdir()
        second.mkdir()
        assert Build(builder, first).of(SOURCE) == Build(builder, second).of(SOURCE)

    def test_builds_at_the_same_time_do_not_meet(self, builder: Builder, tmp_path: Path) -> None:
        """Each of several threads gets the bundle of its own source."""

        def build(number: int) -> bytes:
            folder = tmp_path / str(number)
            folder.mkdir()
            return Build(builder, folder).of({**SOURCE, "data/number": str(number).encode()})

        with ThreadPoolExecutor(4) as pool:
            bundles = list(pool.map(build, range(4)))
        for number, content in enumerate(bundles):
            with zipfile.ZipFile(io.BytesIO(content)) as bundle:
                (name,) = (name for name in bundle.namelist() if name.endswith("/data/number"))
                assert bundle.read(name) == str(number).encode()

    def test_a_fault_of_the_source_names_the_rule_and_the_cure(self, build: Build) -> None:
        """A source without `activity.info` can be mended by its developer only, who is told how, in the log too."""
        without_info = {name: content for name, content in SOURCE.items() if not name.endswith(".info")}
        with pytest.raises(Permanent) as caught:
            build.of(without_info)
        assert re.fullmatch(r"[a-z]+\.[a-z-]+", caught.value.rule)
        assert caught.value.found
        assert caught.value.cure
        assert build.log
        assert not build.bundle.exists()

    def test_a_bundle_beyond_its_limit_is_refused_with_its_size(self, build: Build) -> None:
        """Neither a cut bundle nor one that fills the disk."""
        limits = BuildLimits(bundle_bytes=100_000)
        noise = os.urandom(limits.bundle_bytes * 2)
        with pytest.raises(Permanent) as caught:
            build.of({**SOURCE, "data/noise": noise}, limits)
        assert caught.value.rule == "build.bundle-limit"
        numbers = [int(number) for number in re.findall(r"\d+", caught.value.found)]
        assert limits.bundle_bytes in numbers
        assert max(numbers) > len(noise)
        assert not build.bundle.exists()

    def test_a_build_is_ended_by_the_clock(self, build: Build) -> None:
        """The limit of wall time is enforced by the builder; here it is over at once."""
        with pytest.raises(Permanent) as caught:
            build.of(SOURCE, BuildLimits(wall_seconds=0))
        assert caught.value.rule == "build.time-limit"
        assert not build.bundle.exists()

    def test_files_beyond_the_limit_of_scratch_are_refused(self, build: Build) -> None:
        """A build cannot fill the host's memory or disk with temporary files."""
        with pytest.raises(Permanent) as caught:
            build.of({**SOURCE, "data/noise": os.urandom(6 << 20)}, BuildLimits(scratch_bytes=2 << 20))
        assert caught.value.rule == "build.scratch-limit"
        assert not build.bundle.exists()

    def test_a_log_beyond_its_limit_is_cut_and_says_so(self, build: Build) -> None:
        """The reason of a failure is found even where the log has no room for it."""
        with pytest.raises(Permanent) as caught:
            build.of({"activity.py": b""}, BuildLimits(log_bytes=1))
        assert caught.value.rule.startswith("bundle.")
        assert b"beyond the limit of 1 bytes" in build.log

    def test_a_failure_leaves_the_builder_as_it_was(self, build: Build) -> None:
        """A build after one that was killed is like any other."""
        with pytest.raises(Permanent):
            build.of(SOURCE, BuildLimits(wall_seconds=0))
        assert build.of(SOURCE)

    def test_a_bundle_is_inspected_with_its_source(self, build: Build) -> None:
        """What is found in the bundle comes through, its icon is drawn, and the source's pictures come along."""
        picture = png(40, 30)
        found, pictures = build.inspected({**SOURCE, "screenshots/es/1.png": picture, "screenshots/es/2.png": b"none"})
        assert (found.metadata.bundle_id, found.metadata.toolkit) == ("org.example.PaintBox", "gtk3")
        assert found.entries == len(SOURCE)
        assert [(shot.language, shot.width, shot.height) for shot in found.screenshots] == [("es", 40, 30)]
        assert [icon.pixels for icon in found.icons] == list(ICON_PIXELS)
        assert [blob.digest for blob in pictures] == [
            *(icon.digest for icon in found.icons),
            hashlib.sha256(picture).hexdigest(),
        ]
        assert [warning.file for warning in found.warnings] == ["screenshots/es/2.png"]

    def test_a_bundle_that_breaks_a_rule_is_refused_with_that_rule(self, build: Build) -> None:
        """The inspector's word is heard as the packer's is."""
        with pytest.raises(Permanent) as caught:
            build.inspected({**SOURCE, "activity/paint-box.svg": b"<svg/>"})
        assert caught.value.rule == "bundle.icon-empty"
        assert caught.value.found
        assert caught.value.cure

    def test_an_inspection_is_ended_by_the_clock(self, build: Build) -> None:
        """A bundle that takes too long to look at is refused for that."""
        with pytest.raises(Permanent) as caught:
            build.inspected(SOURCE, InspectionLimits(wall_seconds=0))
        assert caught.value.rule == "bundle.inspection-time-limit"
