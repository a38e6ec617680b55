"""The activities in `examples/` are real ones: they pack, are translated, and the broken one is broken in one place only."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.packer import pack
from aslo_core.bundle.source import write_source_tar
from aslo_core.bundle.source_tar import SourceTar
from aslo_core.source_limits import SourceLimits

EXAMPLES = Path(__file__).parents[2] / "examples"
ALL = ["broken-clock", "fraction-garden", "star-map"]


def tracked(example: str) -> list[str]:
    root = EXAMPLES / example
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def built(example: str, folder: Path) -> tuple[zipfile.ZipFile, list[str]]:
    summary = write_source_tar(EXAMPLES / example, tracked(example), folder / "source.tar")
    assert summary.warnings == ()
    log: list[str] = []
    bundle = io.BytesIO()
    with (folder / "source.tar").open("rb") as file:
        pack(SourceTar(file, SourceLimits()), bundle, log.append)
    return zipfile.ZipFile(bundle), log


def test_these_are_all() -> None:
    assert sorted(path.parents[1].name for path in EXAMPLES.glob("*/activity/activity.info")) == ALL


@pytest.mark.parametrize("example", ALL)
def test_it_packs_without_a_warning(example: str, tmp_path: Path) -> None:
    bundle, log = built(example, tmp_path)

    assert [line for line in log if line.startswith("warning")] == []
    assert not [name for name in bundle.namelist() if "/screenshots/" in name]
    assert {"LICENSE", "README.md", "setup.py"} <= {name.partition("/")[2] for name in bundle.namelist()}


@pytest.mark.parametrize("example", ALL)
def test_its_icon_takes_the_colours_of_sugar_but_for_the_one_that_has_none(example: str) -> None:
    info = ActivityInfo.parse((EXAMPLES / example / "activity/activity.info").read_bytes())
    icon = EXAMPLES / example / "activity" / f"{info.icon}.svg"

    assert icon.exists() is (example != "broken-clock")
    if icon.exists():
        drawn = icon.read_text(encoding="utf-8").partition("]>")[2]
        assert "&stroke_color;" in drawn
        assert "&fill_color;" in drawn


def test_fraction_garden_speaks_spanish(tmp_path: Path) -> None:
    bundle, _ = built("fraction-garden", tmp_path)

    linfo = bundle.read("FractionGarden.activity/locale/es/activity.linfo").decode()
    assert "name = Jardín de fracciones\nsummary = Planta la fracción" in linfo
    languages = {name.split("/")[2] for name in bundle.namelist() if "/locale/" in name}
    assert languages == {"es", "fr", "pt_BR"}


def test_fraction_garden_has_screenshots_by_language() -> None:
    shots = [path for path in tracked("fraction-garden") if path.startswith("screenshots/")]

    assert {path.split("/")[1] for path in shots} == {"en", "es"}
    assert all((EXAMPLES / "fraction-garden" / path).read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for path in shots)


def test_star_map_is_for_the_web() -> None:
    assert ActivityInfo.parse((EXAMPLES / "star-map/activity/activity.info").read_bytes()).is_web
