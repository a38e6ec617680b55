"""Every bundle of the gallery of hostile ones is refused in the sandbox, for the right reason, and takes nothing else along."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from aslo_builder_bubblewrap.builder import ConfinedBuilder
from aslo_builder_bubblewrap.confinement import Confinement

from aslo_core.api import Permanent, inspector_program, packer_program, packer_toolchain
from aslo_core.bundle.findings import Findings
from aslo_core.bundle.inspecting import inspect_confined
from aslo_core.bundle.limits import ICON_PIXELS, InspectionLimits
from aslo_core.testing.builder import SOURCE, source_tar
from aslo_core.testing.hostile import Hostile, bad_pictures, hostile_bundles
from aslo_core.testing.zips import good_entries, zip_bytes
from aslo_core.types import Blob


def inspected(
    confinement: Confinement, bundle: bytes, folder: Path, source: bytes | None = None
) -> tuple[Findings, list[Blob]]:
    (folder / "bundle.xo").write_bytes(bundle)
    kept: list[Blob] = []
    if source is not None:
        (folder / "source.tar").write_bytes(source)
    found = inspect_confined(
        ConfinedBuilder(confinement, packer_program(), inspector_program(), packer_toolchain()).inspect,
        folder / "bundle.xo",
        None if source is None else folder / "source.tar",
        InspectionLimits(),
        folder=folder,
        keep=lambda blob, _data: kept.append(blob),
        log=lambda _piece: None,
    )
    return found, kept


@pytest.mark.timeout(600)
def test_every_hostile_bundle_is_refused(system_sandbox: Confinement, tmp_path: Path) -> None:
    told = {hostile.name: refused(system_sandbox, hostile, tmp_path) for hostile in hostile_bundles()}
    assert len(told) > 50
    assert {name: wrong for name, wrong in told.items() if wrong} == {}


def refused(confinement: Confinement, hostile: Hostile, folder: Path) -> str:
    """Inspect one, and return what is wrong with how that ended, or nothing."""
    try:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            inspected(confinement, hostile.bundle, Path(name))
    except Permanent as error:
        return "" if error.rule in hostile.rules else f"{error.rule} instead of {hostile.rules}: {error.found[:300]}"
    return "accepted"


def test_bad_pictures_are_left_out(system_sandbox: Confinement, tmp_path: Path) -> None:
    pictures = bad_pictures()
    found, kept = inspected(system_sandbox, zip_bytes(good_entries()), tmp_path, source_tar({**SOURCE, **pictures}))
    assert found.screenshots == ()
    assert len(kept) == len(ICON_PIXELS)
    assert len(found.warnings) == len(pictures)
