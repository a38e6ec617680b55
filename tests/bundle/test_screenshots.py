from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.png import png_size
from aslo_core.bundle.screenshots import FoundScreenshot, screenshots
from aslo_core.bundle.source_files import SourceFiles
from aslo_core.errors import Permanent

LIMITS = InspectionLimits(screenshots=3, screenshot_bytes=5_000, screenshot_pixels=1_000_000)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def header(width: int = 400, height: int = 300, depth: int = 8, colour: int = 2, rest: bytes = b"\0\0\0") -> bytes:
    return chunk(b"IHDR", struct.pack(">LLBB", width, height, depth, colour) + rest)


IDAT = chunk(b"IDAT", zlib.compress(bytes(300 * (1 + 400 * 3))))
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


def packed(size: int) -> bytes:
    return chunk(b"IDAT", zlib.compress(bytes(size)))


PALETTE = header(depth=2, colour=3)
LINES = 300 * (1 + 100)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (header() + packed(300 * 1201 + 1), "more bytes than 360300"),
        (header() + packed(300 * 1201 - 1), "fewer bytes"),
        (header() + packed(100_000_000), "more bytes"),
        (header() + chunk(b"IDAT", zlib.compress(bytes(300 * 1201))[:-2]), "fewer bytes"),
        (header() + chunk(b"IDAT", b"no zlib"), "damaged"),
        (PALETTE + packed(LINES), "no palette"),
        (PALETTE + chunk(b"PLTE", bytes(15)) + packed(LINES), "palette has 15 bytes"),
        (PALETTE + chunk(b"PLTE", bytes(4)) + packed(LINES), "palette has 4 bytes"),
        (header() + chunk(b"PLTE", bytes(3 * 257)) + packed(300 * 1201), "palette has 771 bytes"),
        (header() + chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(5_000_000))) + IDAT, "iCCP inflates"),
        (header() + chunk(b"zTXt", b"x\0\0" + b"no zlib") + IDAT, "zTXt is damaged"),
    ],
)
def test_what_is_packed_in_it_is_what_a_picture_of_its_size_takes(data: bytes, why: str) -> None:
    with pytest.raises(Permanent) as error:
        png_size(SIGNATURE + data + IEND, 1_000_000)
    assert error.value.rule == "bundle.png-malformed"
    assert why in error.value.found


@pytest.mark.parametrize(("width", "height"), [(8, 8), (1, 1), (5, 1), (400, 300)])
def test_an_interlaced_picture(width: int, height: int) -> None:
    head = header(width, height, rest=b"\0\0\1")
    expected = sum(
        high * (1 + 3 * wide)
        for wide, high in (
            (len(range(x, width, dx)), len(range(y, height, dy)))
            for x, y, dx, dy in (
                (0, 0, 8, 8),
                (4, 0, 8, 8),
                (0, 4, 4, 8),
                (2, 0, 4, 4),
                (0, 2, 2, 4),
                (1, 0, 2, 2),
                (0, 1, 1, 2),
            )
        )
        if wide
    )
    assert png_size(SIGNATURE + head + packed(expected) + IEND, 1_000_000) == (width, height)
    with pytest.raises(Permanent):
        png_size(SIGNATURE + head + packed(expected + 1) + IEND, 1_000_000)


def test_data_in_several_chunks_and_a_palette() -> None:
    data = zlib.compress(bytes(LINES))
    parts = [chunk(b"IDAT", data[at : at + 5]) for at in range(0, len(data), 5)]
    assert png_size(SIGNATURE + PALETTE + chunk(b"PLTE", bytes(12)) + b"".join(parts) + IEND, 1_000_000) == (400, 300)


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


def found_in(files: Mapping[str, bytes]) -> tuple[tuple[FoundScreenshot, ...], tuple[str, ...]]:
    return screenshots(SourceFiles(tuple(files), lambda path, most: files[path][:most]), LIMITS)


def test_screenshots_by_language() -> None:
    paths = ("screenshots/es/2.png", "screenshots/es/1.PNG", "screenshots/pt-BR/a.png")
    found, warnings = found_in(dict.fromkeys(paths, PNG))
    assert [(shot.path, shot.language, shot.width, shot.height) for shot in found] == [
        ("screenshots/es/1.PNG", "es", 400, 300),
        ("screenshots/es/2.png", "es", 400, 300),
        ("screenshots/pt-BR/a.png", "pt_BR", 400, 300),
    ]
    assert (found[0].digest, found[0].size) == (hashlib.sha256(PNG).hexdigest(), len(PNG))
    assert warnings == ()


def test_only_pictures_below_a_language_are_looked_at() -> None:
    others = ["screenshots/1.png", "screenshots/en/a/b.png", "screenshots/en/x.jpg", "en/x.png"]
    assert found_in(dict.fromkeys(others, PNG)) == ((), ())


def test_bad_pictures_are_left_out_with_a_warning() -> None:
    found, warnings = found_in(
        {
            "screenshots/en/bad.png": b"no picture",
            "screenshots/en/good.png": PNG,
            "screenshots/en/large.png": PNG + bytes(10_000),
            "screenshots/en/wide.png": SIGNATURE + header(2000, 2000) + IDAT + IEND,
            "screenshots/.../x.png": PNG,
            "screenshots/English/x.png": PNG,
        }
    )
    assert len(found) == 1
    assert len(warnings) == 5
    assert any("5000" in warning.text for warning in warnings)


def test_there_is_a_limit_of_screenshots() -> None:
    found, warnings = found_in({f"screenshots/en/{number}.png": PNG for number in range(5)})
    assert len(found) == 3
    assert len(warnings) == 2


def test_bad_pictures_count_as_well() -> None:
    found, warnings = found_in({f"screenshots/en/{number}.png": b"bad" for number in range(15)} | {"screenshots/en/x.png": PNG})
    assert found == ()
    assert [warning.rule for warning in warnings].count("bundle.screenshot-count") == 4


def test_all_pictures_together_have_a_limit() -> None:
    large = SIGNATURE + header(4000, 4000, 16, 6) + chunk(b"IDAT", zlib.compress(bytes(4000 * 32_001))) + IEND
    limits = InspectionLimits()
    files = {f"screenshots/en/{number}.png": large for number in range(5)}
    found, warnings = screenshots(SourceFiles(tuple(files), lambda path, most: files[path][:most]), limits)
    assert len(found) == 3
    assert {warning.rule for warning in warnings} == {"bundle.screenshot-total"}


@pytest.mark.parametrize(
    "chunks",
    [
        chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(3 << 20))) * 2,
        chunk(b"iTXt", b"x\0\1\0\0\0" + zlib.compress(bytes(5 << 20))),
        chunk(b"acTL", bytes(8)),
    ],
)
def test_texts_without_end_and_frames(chunks: bytes) -> None:
    with pytest.raises(Permanent) as error:
        png_size(PNG[: -len(IEND)] + chunks + IEND, 1_000_000)
    assert error.value.rule == "bundle.png-malformed"


def test_a_text_in_unicode() -> None:
    texts = chunk(b"iTXt", b"x\0\0\0\0\0plain") + chunk(b"iTXt", b"x\0\1\0en\0y\0" + zlib.compress(b"packed"))
    assert png_size(PNG[: -len(IEND)] + texts + IEND, 1_000_000) == (400, 300)
