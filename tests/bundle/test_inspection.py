from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslo_core.bundle.digest import content_digest
from aslo_core.bundle.inspection import Inspection, inspect
from aslo_core.bundle.limits import MIB, InspectionLimits
from aslo_core.bundle.linfo import FoundTranslation
from aslo_core.bundle.source_files import SourceFiles
from aslo_core.errors import Permanent

SECONDS = 10  # of processor time, on a slow machine under a tracer; what these tests guard against takes minutes
LIMITS = InspectionLimits()


def inspected(bundle: Path, source: Mapping[str, bytes] | None = None, limits: InspectionLimits = LIMITS) -> Inspection:
    """Inspect in this process, as the inspector does in its own; see `test_inspecting` for that."""
    with bundle.open("rb") as file:
        return inspect(file, None if source is None else source_files(source), limits)


def source_files(source: Mapping[str, bytes]) -> SourceFiles:
    return SourceFiles(tuple(source), lambda path, most: source[path][:most])


def refused(bundle: Path) -> str:
    with pytest.raises(Permanent) as error:
        inspected(bundle)
    return error.value.rule


def test_a_good_bundle(zipping: Any) -> None:
    path = zipping.bundle()
    found = inspected(path)
    metadata = found.metadata
    assert (metadata.bundle_id, metadata.name, metadata.version) == ("org.example.SmallMaze", "Small Maze", "7.1")
    assert (metadata.toolkit, metadata.min_sugar) == ("gtk3", "0.96")
    assert metadata.file_name == "SmallMaze-7.1.xo"
    assert metadata.license == "GPLv3+"
    assert metadata.icon.startswith("<svg ")
    assert metadata.translations == (FoundTranslation(language="es", name="Laberinto pequeño", summary="Encuentra la salida"),)
    assert found.entries == 4
    assert found.warnings == ()
    assert found.screenshots == ()


def test_the_digest_is_that_of_the_content(zipping: Any) -> None:
    """Neither order nor packing counts, nor compiled translations; every other byte and every path does."""
    files = zipping.files({"locale/es/LC_MESSAGES/a.mo": b"one"})
    digest = inspected(zipping.write(zipping.lay_out(files))).content_digest
    stored = [zipping.entry(file.name, file.data, method=0) for file in reversed(files)]
    assert inspected(zipping.write(zipping.lay_out(stored))).content_digest == digest
    assert inspected(zipping.bundle(more={"locale/es/LC_MESSAGES/a.mo": b"two"})).content_digest == digest
    assert inspected(zipping.bundle(more={"activity.py": b"import sugar3 "})).content_digest != digest
    assert digest != content_digest([])


def test_the_source_tells_toolkit_and_screenshots(zipping: Any) -> None:
    source = {
        "activity.py": b"import gtk\nfrom sugar.activity.activity import ActivityToolbox\n",
        "screenshots/en/bad.png": b"no picture",
    }
    found = inspected(zipping.bundle(), source)
    assert found.metadata.toolkit == "gtk2-old-toolbar"
    assert len(found.warnings) == 1
    assert "bad.png" in found.warnings[0].text
    assert (found.warnings[0].rule, found.warnings[0].file) == ("bundle.png-malformed", "screenshots/en/bad.png")


def test_a_source_without_code_does_not_fall_back_on_the_bundle(zipping: Any) -> None:
    path = zipping.bundle(more={"activity.py": b"import gtk\n"})
    assert inspected(path).metadata.toolkit == "gtk2"
    assert inspected(path, {}).metadata.toolkit == "gtk3"


def test_languages_that_the_bundle_has_not_come_from_the_source(zipping: Any) -> None:
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    french = 'msgid "Small Maze"\nmsgstr "Petit labyrinthe"\n\nmsgid "Find the way out"\nmsgstr "Trouve la sortie"\n'
    texts = {"fr": french, "es": french, "de": "no translation", "pseudo": french}
    found = inspected(zipping.bundle(), {f"po/{name}.po": (header + text).encode() for name, text in texts.items()})
    languages = {one.language: one.name for one in found.metadata.translations}
    assert languages == {"es": "Laberinto pequeño", "fr": "Petit labyrinthe"}
    assert found.warnings == ()


def test_limits_of_what_is_inside_name_themselves(zipping: Any) -> None:
    with pytest.raises(Permanent, match=r"the limit is 10 \(\[bundle\] icon_kib\)"):
        inspected(zipping.bundle(), limits=InspectionLimits(icon_bytes=10))
    picture = {"screenshots/en/one.png": b"x" * 11}
    catalogue = zipping.bundle(more={"locale/es/LC_MESSAGES/org.example.Maze.mo": b"x" * 11})
    small = InspectionLimits(linfo_bytes=9, mo_bytes=10, screenshot_bytes=10)
    warned = inspected(catalogue, picture, small).warnings
    assert "the limit is 9 ([bundle] linfo_kib)" in warned[0].text
    assert "the limit is 10 ([bundle] catalogue_mib)" in warned[1].text
    assert "more than 10 bytes ([bundle] screenshot_mib)" in warned[2].text
    warned = inspected(zipping.bundle(), picture, InspectionLimits(linfo_languages=0, screenshots=0)).warnings
    assert "more than 0 ([bundle] languages)" in warned[0].text
    assert "more than 0 ([bundle] screenshots)" in warned[1].text


def test_the_working_directory_tells_nothing(zipping: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here/activity.py").write_bytes(b"import gtk\n")
    monkeypatch.chdir(tmp_path / "here")
    assert inspected(zipping.bundle()).metadata.toolkit == "gtk3"


INFO = b"[Activity]\nname=A\nbundle_id=a.b\nexec=x\n"


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"activity/activity.info": INFO}, "bundle.icon-missing"),
        ({"activity/activity.info": INFO + b"icon=nothing\n"}, "bundle.icon-missing"),
        ({"activity/activity.info": INFO + b"icon=../activity/maze\n"}, "bundle.info-icon"),
        ({"activity/activity.info": b"x" * 70_000}, "bundle.info-too-large"),
        ({"activity/activity.info": b"[Activity]\n"}, "bundle.info-key-missing"),
        ({"activity/activity.info": INFO + b"activity_version=1.x\n"}, "bundle.version-malformed"),
        ({"activity/maze.svg": b"<svg/>"}, "bundle.icon-empty"),
        ({"activity/maze.svg": b" " * 300_000}, "bundle.icon-too-large"),
    ],
)
def test_each_rule_reaches_the_developer(zipping: Any, more: dict[str, bytes], rule: str) -> None:
    assert refused(zipping.bundle(more=more)) == rule


def test_warnings_come_together(zipping: Any) -> None:
    more = {
        "activity/activity.info": INFO + b"icon=maze\nurl=nonsense\n",
        "activity/maze.svg": b"<svg><rect onclick='x'/></svg>",
        "locale/x/activity.linfo": b"",
    }
    files = zipping.files(more)
    warnings = inspected(zipping.write(zipping.lay_out([*files, files[2]]))).warnings
    assert {(warning.rule, warning.file) for warning in warnings} >= {
        ("bundle.archive-double", "activity.py"),
        ("bundle.info-version-missing", "activity/activity.info"),
        ("bundle.info-address", "activity/activity.info"),
        ("bundle.icon-reduced", "activity/maze.svg"),
        ("bundle.linfo-language", "locale/x/activity.linfo"),
    }
    texts = " ".join(warning.text for warning in warnings)
    for word in ("twice", "activity_version", "url", "onclick", "locale/x"):
        assert word in texts


@pytest.mark.parametrize(
    ("more", "rule", "file"),
    [
        ({"activity/activity.info": b"name"}, "bundle.info-malformed", "activity/activity.info"),
        ({"activity/activity.info": INFO}, "bundle.icon-missing", "activity/activity.info"),
        ({"activity/activity.info": INFO + b"icon=gone\n"}, "bundle.icon-missing", "activity/activity.info"),
        ({"activity/maze.svg": b"<svg/>"}, "bundle.icon-empty", "activity/maze.svg"),
        ({"activity/maze.svg": b"<svg"}, "bundle.icon-malformed", "activity/maze.svg"),
    ],
)
def test_a_refusal_names_the_file(zipping: Any, more: dict[str, bytes], rule: str, file: str) -> None:
    with pytest.raises(Permanent) as refused:
        inspected(zipping.bundle(more=more))
    assert (refused.value.rule, refused.value.file) == (rule, file)


def test_a_large_bundle_takes_bounded_time(zipping: Any) -> None:
    big = zipping.entry(b"SmallMaze.activity/big", bytes(range(256)) * (256 * 1024), method=0)
    path = zipping.bundle(big)
    before = time.process_time()
    assert inspected(path).entries == 5
    assert path.stat().st_size > 64 * MIB
    assert time.process_time() - before < SECONDS


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_change_of_a_good_bundle_raises_anything_but_permanent(zipping: Any, data: st.DataObject) -> None:
    """Files are changed before they are packed, so that the change gets past checksums."""
    file = data.draw(
        st.sampled_from(["activity/activity.info", "activity/maze.svg", "activity.py", "locale/es/activity.linfo"])
    )
    content = bytearray(next(entry.data for entry in zipping.files() if entry.name.endswith(file.encode())))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
    with contextlib.suppress(Permanent):
        assert inspected(zipping.bundle(more={file: bytes(content)})).entries == 4


def test_as_many_and_as_large_translations_as_are_read(zipping: Any) -> None:
    keys = b"".join(b"k%d=1\n" % number for number in range(900))
    tags = [f"{one}{other}" for one in "abcdefghij" for other in "abcdefghijklmnopqrstuvwxyz"]
    path = zipping.bundle(more={f"locale/{tag}/activity.linfo": b"[Activity]\n" + keys for tag in tags})
    before = time.process_time()
    found = inspected(path)
    assert time.process_time() - before < SECONDS
    assert len(found.metadata.translations) == LIMITS.linfo_languages
    assert len(found.warnings) == len(tags) - LIMITS.linfo_languages


def test_warnings_are_not_without_end(zipping: Any) -> None:
    warnings = inspected(zipping.bundle(more={f"locale/x{number}/activity.linfo": b"" for number in range(1000)})).warnings
    assert len(warnings) == 101
    assert "900 more" in warnings[-1].text
