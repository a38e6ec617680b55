"""One inspection from outside, by the real program in a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aslo_core import events
from aslo_core.bundle.findings import Findings
from aslo_core.bundle.inspecting import inspect_confined
from aslo_core.bundle.limits import ICON_PIXELS, InspectionLimits
from aslo_core.bundle.program import inspector_program
from aslo_core.bundle.unconfined import run_unconfined
from aslo_core.errors import Permanent, ProgramFailed, Transient
from aslo_core.events import BundleInspected
from aslo_core.testing.builder import png, source_tar
from aslo_core.types import Blob, InspectionRequest, LogSink

Run = Callable[[InspectionRequest, LogSink], None]


def plainly(request: InspectionRequest, log: LogSink) -> None:
    run_unconfined(inspector_program(), request.material, request.findings, request.limits.wall_seconds, log)


class Inspecting:
    """Inspects in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[Blob, bytes] = {}
        self.log = b""

    def __call__(
        self,
        bundle: Path,
        source: dict[str, bytes] | None = None,
        run: Run = plainly,
        limits: InspectionLimits | None = None,
    ) -> Findings:
        tar = None
        if source is not None:
            tar = self.folder / "source.tar"
            tar.write_bytes(source_tar(source))
        return inspect_confined(
            run, bundle, tar, limits or InspectionLimits(), folder=self.folder, keep=self.kept.__setitem__, log=self._hear
        )

    def _hear(self, piece: bytes) -> None:
        self.log += piece


@pytest.fixture
def inspecting(tmp_path: Path) -> Inspecting:
    folder = tmp_path / "inspecting"
    folder.mkdir()
    return Inspecting(folder)


def test_what_is_found_can_be_recorded(zipping: Any, inspecting: Inspecting) -> None:
    found = inspecting(zipping.bundle())
    event = BundleInspected(
        attempt=1,
        metadata=found.metadata,
        content_digest=found.content_digest,
        entries=found.entries,
        icons=found.icon_pictures(),
        screenshots=found.screenshot_pictures(),
        warnings=tuple(warning.text for warning in found.warnings),
    )
    assert events.decode(event.event_name, event.event_version, events.encode(event)) == event
    assert (found.metadata.name, found.metadata.translations[0].name) == ("Small Maze", "Laberinto pequeño")


def test_pictures_and_toolkit_come_from_the_source(zipping: Any, inspecting: Inspecting) -> None:
    picture = png(20, 10)
    long_path = "/".join(["a" * 100] * 10) + ".py"
    source = {"screenshots/es/1.png": picture, "screenshots/es/2.png": b"none", long_path: b"import gtk\n", "notes.txt": b"x"}
    found = inspecting(zipping.bundle(), source)
    assert found.metadata.toolkit == "gtk2"
    (shot,) = found.screenshot_pictures()
    assert inspecting.kept[shot.image] == picture
    assert len(inspecting.kept) == 1 + len(ICON_PIXELS)
    assert len(found.warnings) == 1


def test_only_what_is_looked_at_is_handed_over(zipping: Any, inspecting: Inspecting) -> None:
    source = {"data/large": bytes(3_000_000), "big.py": b"#" * 3_000_000, "screenshots/en/1.png": bytes(5_000_000)}
    inspecting(zipping.bundle(), source, limits=InspectionLimits(screenshot_bytes=100_000))
    assert (inspecting.folder / "material.tar").stat().st_size < 500_000


def test_a_broken_rule_is_told_with_its_cure(zipping: Any, inspecting: Inspecting) -> None:
    with pytest.raises(Permanent) as error:
        inspecting(zipping.bundle(more={"activity/maze.svg": b"<svg/>"}))
    assert (error.value.rule, error.value.cure) == ("bundle.icon-empty", "Draw it with SVG's shapes.")
    assert b"bundle.icon-empty" in inspecting.log


def test_a_file_beyond_the_limit_is_not_even_handed_over(zipping: Any, inspecting: Inspecting) -> None:
    with pytest.raises(Permanent) as error:
        inspecting(zipping.bundle(), limits=InspectionLimits(archive_bytes=100))
    assert error.value.rule == "bundle.archive-too-large"
    assert list(inspecting.folder.iterdir()) == []


def raising(error: Exception) -> Run:
    def run(_request: InspectionRequest, _log: LogSink) -> None:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "rule", "number"),
    [
        (Permanent("build.time-limit", "f", "c"), "bundle.inspection-time-limit", "11 seconds ([bundle] inspection"),
        (Permanent("build.cpu-limit", "f", "c"), "bundle.inspection-cpu-limit", "12 seconds ([bundle] inspection"),
        (Permanent("build.memory-limit", "f", "c"), "bundle.inspection-memory-limit", "13 bytes of memory ([bundle]"),
        (Permanent("build.scratch-limit", "f", "c"), "bundle.inspection-scratch-limit", "bytes"),
        (Permanent("build.bundle-limit", "f", "c"), "bundle.inspection-findings", "([bundle] findings_mib, and the pictures)"),
        (ProgramFailed("ended with status 11"), "bundle.inspection-crash", "status 11"),
    ],
)
def test_what_the_bundle_does_to_its_inspection_is_its_own_fault(
    zipping: Any, inspecting: Inspecting, error: Exception, rule: str, number: str
) -> None:
    limits = InspectionLimits(wall_seconds=11, cpu_seconds=12, memory_bytes=13)
    with pytest.raises(Permanent) as refused:
        inspecting(zipping.bundle(), run=raising(error), limits=limits)
    assert refused.value.rule == rule
    assert number in refused.value.found


def test_an_inspection_that_could_not_be_begun_is_nobodys_fault(zipping: Any, inspecting: Inspecting) -> None:
    with pytest.raises(Transient):
        inspecting(zipping.bundle(), run=raising(Transient("no sandbox")))


def test_the_program_needs_nothing_but_what_it_says(tmp_path: Path) -> None:
    """Only the files that a builder binds, in a Python without installed packages."""
    program = inspector_program()
    roots = {root: tmp_path / str(number) for number, root in enumerate(program.roots)}
    for path in program.readable:
        root = max((root for root in roots if path.is_relative_to(root)), key=lambda root: len(root.parts))
        copy = roots[root] / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", path, copy], check=True)
    bare = replace(program, roots=tuple(roots.values()))
    done = subprocess.run(bare.command(), input=b"no tar", capture_output=True, check=False, env={}, cwd=tmp_path)
    assert done.returncode == 70
    assert b"not a whole tar archive" in done.stderr
