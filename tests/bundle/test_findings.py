"""What an inspector writes is believed only as far as an honest one could have written it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bundle.findings import Findings, read_findings
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.errors import Permanent
from aslo_core.testing.builder import png
from aslo_core.types import Blob

LIMITS = InspectionLimits(screenshots=3, screenshot_bytes=5_000, screenshot_pixels=10_000, findings_bytes=50_000)
PICTURE = png(40, 30)
DRAWN = png(96, 96)
ICON = {"pixels": 96, "digest": hashlib.sha256(DRAWN).hexdigest(), "size": len(DRAWN)}


def shot(data: bytes = PICTURE, **fields: Any) -> dict[str, Any]:
    told = {"path": "screenshots/en/1.png", "language": "en", "width": 40, "height": 30}
    return {**told, "digest": hashlib.sha256(data).hexdigest(), "size": len(data), **fields}


def warning(**fields: str) -> dict[str, str]:
    return {"rule": "bundle.icon-text", "found": "Odd.", "file": "", "cure": "", **fields}


def document() -> dict[str, Any]:
    return {
        "metadata": {
            "bundle_id": "org.example.Maze",
            "name": "Maze",
            "version": "7.1-peru",
            "toolkit": "gtk3",
            "min_sugar": "0.96",
            "icon": '<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/></svg>',
            "file_name": "Maze-7.1-peru.xo",
            "url": "https://example.org/",
            "translations": [{"language": "es", "name": "Laberinto", "summary": ""}],
        },
        "content_digest": "0" * 64,
        "entries": 4,
        "icons": [ICON],
        "screenshots": [shot()],
        "warnings": [warning()],
    }


def read(told: dict[str, Any] | bytes, pictures: bytes = DRAWN + PICTURE) -> tuple[Findings, list[tuple[Blob, bytes]]]:
    line = told if isinstance(told, bytes) else json.dumps(told).encode() + b"\n"
    kept: list[tuple[Blob, bytes]] = []
    return read_findings(io.BytesIO(line + pictures), LIMITS, lambda blob, data: kept.append((blob, data))), kept


def refused(told: dict[str, Any] | bytes, pictures: bytes = DRAWN + PICTURE) -> str:
    with pytest.raises(Permanent) as error:
        read(told, pictures)
    assert error.value.rule == "bundle.inspection-findings"
    return error.value.found


def test_an_honest_document() -> None:
    found, kept = read(document())
    assert (found.metadata.bundle_id, found.metadata.version, found.entries) == ("org.example.Maze", "7.1-peru", 4)
    assert kept == [(found.icon_pictures()[0].image, DRAWN), (found.screenshot_pictures()[0].image, PICTURE)]


def test_texts_are_cleaned() -> None:
    told = document()
    told["metadata"] |= {"name": "Ma\u202eze\x1b[31m", "translations": [{"language": "es", "name": "\x07L"}]}
    told["warnings"] = [warning(found="\x1b]0;x\x07")]
    found = read(told)[0]
    assert (found.metadata.name, found.metadata.translations[0].name) == ("Maze[31m", "L")
    assert found.warnings[0].found == "]0;x"


def in_metadata(**fields: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda told: told["metadata"].update(fields)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (in_metadata(bundle_id="../../etc"), "calls the activity"),
        (in_metadata(bundle_id="a" * 200 + ".b"), "calls the activity"),
        (in_metadata(version="1.x"), "version"),
        (in_metadata(min_sugar=""), "version"),
        (in_metadata(file_name="../Maze.xo"), "calls the bundle"),
        (in_metadata(file_name="Maze.exe"), "calls the bundle"),
        (in_metadata(file_name="M" * 300 + ".xo"), "calls the bundle"),
        (in_metadata(url="javascript:alert(1)"), "no web page"),
        (in_metadata(repository="file:///etc/passwd"), "no web page"),
        (in_metadata(toolkit="none"), "toolkit"),
        (in_metadata(icon="<html>"), "no drawing"),
        (in_metadata(name=7), "cannot be read"),
        (in_metadata(admin=True), "cannot be read"),
        (in_metadata(name="\ud800"), "cannot be read"),
        (in_metadata(max_participants="1"), "cannot be read"),
        (lambda told: told.pop("entries"), "cannot be read"),
        (lambda told: told.update(entries=0), "cannot be read"),
        (lambda told: told.update(entries=True), "cannot be read"),
        (lambda told: told.update(content_digest="x" * 64), "cannot be read"),
        (lambda told: told.update(warnings=[warning()] * 200), "cannot be read"),
        (lambda told: told.update(warnings=[warning(found="w" * 10_000)]), "a warning"),
        (lambda told: told.update(warnings=[warning(rule="<b>")]), "of no rule"),
        (lambda told: told.update(screenshots=[shot(language="<b>")]), "cannot be read"),
        (lambda told: told.update(screenshots=[shot(digest="0" * 64)]), "another one"),
        (lambda told: told.update(screenshots=[shot(width=41)]), "another one"),
        (lambda told: told.update(screenshots=[shot(width=1000, height=1000)]), "more pixels"),
        (lambda told: told.update(screenshots=[shot(size=6_000)]), "larger"),
        (lambda told: told.update(screenshots=[shot()] * 4), "more pictures"),
        (lambda told: told.update(screenshots=[shot()] * 2), "another one"),
        (lambda told: told.update(screenshots=[]), "follows"),
        (lambda told: told.update(icons=[ICON | {"pixels": 97}]), "other sizes"),
        (lambda told: told.update(icons=[ICON | {"pixels": 192}]), "another one"),
        (lambda told: told.update(icons=[ICON | {"size": 6_000_000}]), "larger"),
        (lambda told: told.update(icons=[]), "another one"),
        (in_metadata(description="x" * 60_000), "too long"),
    ],
)
def test_what_no_honest_inspector_writes(change: Callable[[dict[str, Any]], Any], why: str) -> None:
    told = document()
    change(told)
    assert why in refused(told)


def test_a_picture_that_is_another_kind_of_file() -> None:
    page = b"<script>alert(1)</script>"
    assert "another one" in refused(document() | {"icons": [], "screenshots": [shot(page)]}, page)


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"{}\n", b"[]\n", b"\n", b"null\n", b"\xff\n", b"[" * 40_000 + b"\n", b'{"a":' * 8_000 + b"\n"]
)
def test_what_is_no_document_at_all(line: bytes) -> None:
    refused(line, b"")


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_refused_and_nothing_else_happens(data: bytes, line: bool) -> None:
    refused(data + b"\n" * line, b"")
