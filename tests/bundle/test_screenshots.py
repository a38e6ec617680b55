from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.png import png_size
from aslo_core.bundle.screenshots import screenshots
from aslo_core.errors import Permanent

LIMITS = InspectionLimits(screenshots=3, screenshot_bytes=5_000, screenshot_pixels=1_000_000)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def header(width: int = 400, height: int = 300, depth: int = 8, colour: int = 2, rest: bytes = b"\0\0\0") -> bytes:
    return chunk(b"IHDR", struct.pack(">LLBB", width, height, depth, colour) + rest)


IDAT = chunk(b"IDAT", zlib.compress(bytes(100)))
IEND = chunk(b"IEND", b"")
PNG = SIGNATURE + header() + chunk(b"tEXt", b"Title\0x") + IDAT + IEND


def test_a_sound_picture() -> None:
    assert png_size(PNG, 1_000_000) == (400, 300)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "begin"),
        (b"GIF89a", "begin"),
        (SIGNATURE, "ends"),
        (SIGNATURE + header()[:-1], "longer"),
        (SIGNATURE + header() + IDAT, "ends"),
        (SIGNATURE + header() + IEND, "no picture"),
        (SIGNATURE + IDAT + IEND, "header"),
        (SIGNATURE + header() + header() + IDAT + IEND, "header"),
        (PNG + b"PK\3\4", "4 bytes follow"),
        (PNG.replace(b"Title", b"Titel"), "checksum"),
        (SIGNATURE + header() + chunk(b"EVIL", b"") + IDAT + IEND, "unknown chunk 'EVIL'"),
        (SIGNATURE + header() + chunk(b"te\x1bt", b"") + IDAT + IEND, "letters"),
        (SIGNATURE + header() + b"\xff\xff\xff\xffIDAT" + bytes(8), "longer"),
        (SIGNATURE + header(0) + IDAT + IEND, "0 x 300"),
        (SIGNATURE + header(1, 1 << 31) + IDAT + IEND, "pixels"),
        (SIGNATURE + header(depth=3) + IDAT + IEND, "form"),
        (SIGNATURE + header(colour=5) + IDAT + IEND, "form"),
        (SIGNATURE + header(rest=b"\1\0\0") + IDAT + IEND, "form"),
        (SIGNATURE + header(rest=b"\0\0\2") + IDAT + IEND, "form"),
        (SIGNATURE + header(rest=b"\0\0\0\0") + IDAT + IEND, "header has 14"),
    ],
)
def test_what_is_no_sound_picture(data: bytes, why: str) -> None:
    with pytest.raises(Permanent) as error:
        png_size(data, 1_000_000)
    assert error.value.rule == "bundle.png-malformed"
    assert why in error.value.found


def test_a_picture_that_would_unfold_to_gigabytes() -> None:
    with pytest.raises(Permanent) as error:
        png_size(SIGNATURE + header(60_000, 60_000) + IDAT + IEND, 16_000_000)
    assert error.value.rule == "bundle.png-too-many-pixels"
    assert "16000000" in error.value.found


@given(st.integers(0, len(PNG) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(at: int, change: int) -> None:
    changed = bytearray(PNG)
    changed[at] ^= change
    with pytest.raises(Permanent):
        png_size(bytes(changed), 1_000_000)


@given(st.binary(max_size=100))
def test_no_bytes_do_anything_but_pass_or_be_refused(data: bytes) -> None:
    with pytest.raises(Permanent):
        png_size(SIGNATURE + data, 1_000_000)


def put(tree: Path, name: str, data: bytes = PNG) -> str:
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return name


def test_screenshots_by_language(tmp_path: Path) -> None:
    files = [put(tmp_path, name) for name in ("screenshots/es/2.png", "screenshots/es/1.PNG", "screenshots/pt-BR/a.png")]
    found, warnings = screenshots(tmp_path, files, LIMITS)
    assert [(shot.language, shot.width, shot.height) for shot in found] == [
        ("es", 400, 300),
        ("es", 400, 300),
        ("pt_BR", 400, 300),
    ]
    assert found[0].image == PNG
    assert warnings == ()


def test_only_tracked_pictures_below_a_language_are_looked_at(tmp_path: Path) -> None:
    for name in (
        "screenshots/en/untracked.png",
        "screenshots/1.png",
        "screenshots/en/a/b.png",
        "screenshots/en/x.jpg",
        "en/x.png",
    ):
        put(tmp_path, name)
    tracked = ["screenshots/1.png", "screenshots/en/a/b.png", "screenshots/en/x.jpg", "en/x.png"]
    assert screenshots(tmp_path, tracked, LIMITS) == ((), ())


def test_links_are_not_followed(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    put(tree, "screenshots/en/good.png")
    put(tmp_path, "secret/host.png")
    (tree / "screenshots/en/link.png").symlink_to(tmp_path / "secret/host.png")
    (tree / "screenshots/es").symlink_to(tmp_path / "secret")
    found, warnings = screenshots(
        tree, ["screenshots/en/good.png", "screenshots/en/link.png", "screenshots/es/host.png"], LIMITS
    )
    assert len(found) == 1
    assert len(warnings) == 2


def test_bad_pictures_are_left_out_with_a_warning(tmp_path: Path) -> None:
    files = [
        put(tmp_path, "screenshots/en/bad.png", b"no picture"),
        put(tmp_path, "screenshots/en/good.png"),
        put(tmp_path, "screenshots/en/large.png", PNG + bytes(10_000)),
        put(tmp_path, "screenshots/en/wide.png", SIGNATURE + header(2000, 2000) + IDAT + IEND),
        put(tmp_path, "screenshots/.../x.png"),
        put(tmp_path, "screenshots/English/x.png"),
        "screenshots/en/missing.png",
    ]
    found, warnings = screenshots(tmp_path, files, LIMITS)
    assert len(found) == 1
    assert len(warnings) == 6
    assert any("5000" in warning.text for warning in warnings)


def test_there_is_a_limit_of_screenshots(tmp_path: Path) -> None:
    files = [put(tmp_path, f"screenshots/en/{number}.png") for number in range(5)]
    found, warnings = screenshots(tmp_path, files, LIMITS)
    assert len(found) == 3
    assert len(warnings) == 2
