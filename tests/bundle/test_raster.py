"""An icon as pictures: of the right size, with what is drawn, and without anything of this machine."""

from __future__ import annotations

import errno
import gc
import os
import resource
import struct
import zlib
from pathlib import Path

import pytest

from aslo_core.bundle import raster
from aslo_core.bundle.icon import clean_icon
from aslo_core.bundle.limits import ICON_PIXELS
from aslo_core.bundle.png import png_size
from aslo_core.bundle.raster import IconPicture, pictures
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent

SVG = 'xmlns="http://www.w3.org/2000/svg"'
RED = (255, 0, 0, 255)
NOTHING = (0, 0, 0, 0)


def drawn(svg: str) -> tuple[tuple[IconPicture, ...], tuple[BundleWarning, ...]]:
    return pictures(clean_icon(svg.encode(), 256 * 1024).svg, "activity/x.svg")


def pixels(image: bytes) -> list[list[tuple[int, ...]]]:
    """Decode a PNG of 8 bits and four channels (Portable Network Graphics, section 9)."""
    size, _ = png_size(image, 1_000_000)
    at, packed = 8, b""
    while at < len(image):
        length, kind = struct.unpack_from(">L4s", image, at)
        packed += image[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    data, stride = zlib.decompress(packed), size * 4
    rows: list[bytearray] = []
    for number in range(size):
        kind, *row = data[number * (stride + 1) : (number + 1) * (stride + 1)]
        above = rows[-1] if rows else bytearray(stride)
        done = bytearray()
        for place, value in enumerate(row):
            left, up = done[place - 4] if place > 3 else 0, above[place]
            corner = above[place - 4] if place > 3 else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda one, guess=guess: abs(guess - one))  # type: ignore[misc]
            done.append((value + (0, left, up, (left + up) // 2, paeth)[kind]) % 256)
        rows.append(done)
    return [_fours(row) for row in rows]


def _fours(row: bytearray) -> list[tuple[int, ...]]:
    return [tuple(row[at : at + 4]) for at in range(0, len(row), 4)]


def test_one_picture_of_each_size() -> None:
    found, warnings = drawn(f'<svg {SVG} width="55" height="55"><rect width="55" height="55" fill="red"/></svg>')
    assert [picture.pixels for picture in found] == list(ICON_PIXELS)
    assert [png_size(picture.image, 1_000_000) for picture in found] == [(side, side) for side in ICON_PIXELS]
    assert warnings == ()


def test_a_drawing_is_scaled_to_the_size_and_centred() -> None:
    svg = f'<svg {SVG} width="55" height="27.5"><rect width="55" height="27.5" fill="red"/></svg>'
    image = pixels(drawn(svg)[0][0].image)
    assert [image[row][48] for row in (2, 20, 48, 76, 93)] == [NOTHING, NOTHING, RED, NOTHING, NOTHING]
    assert image[48][0] == image[48][95] == RED


@pytest.mark.parametrize(
    "size", ['viewBox="0 0 10 10"', 'width="10px" height="10px"', 'width="1in" height="1in" viewBox="0 0 10 10"']
)
def test_however_its_size_is_told(size: str) -> None:
    image = pixels(drawn(f'<svg {SVG} {size}><rect width="5" height="10" fill="#f00"/></svg>')[0][0].image)
    assert (image[48][10], image[48][85]) == (RED, NOTHING)


def test_colours_of_sugar() -> None:
    head = '<!DOCTYPE svg [<!ENTITY stroke_color "#00FF00"><!ENTITY fill_color "#FF0000">]>'
    svg = f'{head}<svg {SVG} width="10" height="10"><rect width="10" height="10" fill="&fill_color;"/></svg>'
    assert pixels(drawn(svg)[0][0].image)[48][48] == RED


def test_no_file_of_this_machine_is_drawn(tmp_path: Path) -> None:
    """The one that draws would read it, were it not taken out before."""
    secret = tmp_path / "secret.svg"
    secret.write_text(f'<svg {SVG} width="9" height="9"><rect width="9" height="9" fill="red"/></svg>')
    line = f'<image width="9" height="9" href="{secret}"/>'
    svg = f'<svg {SVG} viewBox="0 0 9 9"><rect width="1" height="1"/>{line}</svg>'
    assert pixels(drawn(svg)[0][0].image)[48][48] == NOTHING
    assert RED in pixels(pictures(svg, "x.svg")[0][0].image)[48]


def test_text_is_warned_of() -> None:
    found, warnings = drawn(f'<svg {SVG} viewBox="0 0 9 9"><text x="1" y="8">A</text></svg>')
    assert len(found) == len(ICON_PIXELS)
    assert (warnings[0].rule, warnings[0].file) == ("bundle.icon-text", "activity/x.svg")


def test_what_cannot_be_drawn_is_warned_of() -> None:
    found, warnings = pictures(f'<svg {SVG} viewBox="0 0 9 9"><rect width="1"</svg>', "x.svg")
    assert found == ()
    assert warnings[0].rule == "bundle.icon-undrawn"


def test_the_same_drawing_gives_the_same_bytes() -> None:
    svg = f'<svg {SVG} viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'
    assert drawn(svg) == drawn(svg)


@pytest.mark.parametrize(
    "costly",
    [
        f'<mask id="m"><rect width="9" height="9"/></mask>{"""<g mask="url(#m)"><rect width="9" height="9"/></g>""" * 3000}',
        (
            '<pattern id="p" width="1e6" height="1e6" patternUnits="userSpaceOnUse"><rect width="9" height="9"/></pattern>'
            '<rect width="9" height="9" fill="url(#p)"/>'
        ),
    ],
)
def test_what_costs_too_much_is_refused_and_ends_nobody_else(costly: str) -> None:
    with pytest.raises(Permanent) as refused:
        drawn(f'<svg {SVG} viewBox="0 0 9 9">{costly}</svg>')
    assert (refused.value.rule, refused.value.file) == ("bundle.icon-too-costly", "activity/x.svg")
    assert len(drawn(f'<svg {SVG} viewBox="0 0 9 9"><rect width="9" height="9"/></svg>')[0]) == len(ICON_PIXELS)


def test_how_much_there_is_to_collect_costs_a_drawing_nothing() -> None:
    """In a process with much in its memory, looking through that took the second that a drawing has."""
    before = gc.get_threshold()

    def costly(*_about: object) -> None:
        while resource.getrlimit(resource.RLIMIT_CPU)[0] == 1:  # it is the process that draws
            pass

    gc.callbacks.append(costly)
    gc.set_threshold(1)
    try:
        assert len(drawn(f'<svg {SVG} viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>')[0]) == len(ICON_PIXELS)
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(costly)


def test_where_there_may_be_no_further_process_this_one_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    svg = f'<svg {SVG} viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'
    limits = resource.getrlimit(resource.RLIMIT_CPU)
    apart = drawn(svg)

    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, "no further process")

    monkeypatch.setattr(os, "fork", refused)
    monkeypatch.setattr(raster, "_MOST_SECONDS", 60)  # the kernel and this process do not count the past in the same way
    assert drawn(svg) == apart
    assert pictures(f'<svg {SVG} viewBox="0 0 9 9"><rect width="1"</svg>', "x.svg")[1][0].rule == "bundle.icon-undrawn"
    assert resource.getrlimit(resource.RLIMIT_CPU) == limits
