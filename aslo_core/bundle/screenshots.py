"""Pictures of an activity at work, from the source's `screenshots/<language>/*.png`. A bad one is left out, never an error."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from aslo_core.bundle.languages import language
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.png import png_size, told_bytes
from aslo_core.bundle.source_files import SourceFiles, is_screenshot
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

_MOST_BAD = 3  # times as many as are kept are looked at beside them
_MOST_INFLATED = 384 << 20  # 89 pictures of 1,200 x 900 pixels; half a second


class FoundScreenshot(NamedTuple):
    """A screenshot that may be shown.

    Attributes:
        path: where it lies in the source.
        language: of what is seen in it, for example `pt_BR`.
        digest: SHA-256 of the file.
        size: bytes of the file.
        width: in pixels.
        height: in pixels.
    """

    path: str
    language: str
    digest: str
    size: int
    width: int
    height: int


def screenshots(source: SourceFiles, limits: InspectionLimits) -> tuple[tuple[FoundScreenshot, ...], tuple[BundleWarning, ...]]:
    """Look at the screenshots of a source.

    Args:
        source: its files.
        limits: how many and how large.

    Returns:
        The screenshots, sorted by path, and a warning for each one that was left out.
    """
    found: list[FoundScreenshot] = []
    warnings: list[BundleWarning] = []
    room = _MOST_INFLATED
    for number, path in enumerate(sorted(filter(is_screenshot, source.names))):
        try:
            data = _read(source, path, max(len(found), number - _MOST_BAD * limits.screenshots), limits)
            room -= told_bytes(data, limits.screenshot_pixels)
            found.append(_screenshot(path, data, room, limits))
        except Permanent as error:
            warnings.append(BundleWarning(error.rule, f"{shown(path)} is left out: {error.found}", path, error.cure))
    return tuple(found), tuple(warnings)


def _read(source: SourceFiles, path: str, before: int, limits: InspectionLimits) -> bytes:
    if before >= limits.screenshots:
        found = f"There are more than {limits.screenshots} ([bundle] screenshots)."
        raise Permanent("bundle.screenshot-count", found, "Keep the best ones.")
    data = source.read(path, limits.screenshot_bytes + 1)
    if len(data) > limits.screenshot_bytes:
        found = f"The file has more than {limits.screenshot_bytes} bytes ([bundle] screenshot_mib)."
        raise Permanent("bundle.screenshot-too-large", found, "Scale it down.")
    return data


def _screenshot(path: str, data: bytes, room: int, limits: InspectionLimits) -> FoundScreenshot:
    if room < 0:
        found = f"All of them together have more than {_MOST_INFLATED} bytes once inflated."
        raise Permanent("bundle.screenshot-total", found, "Keep the best ones, or scale them down.")
    directory = path.split("/")[1]
    tag = language(directory)
    if not tag:
        raise Permanent(
            "bundle.screenshot-language",
            f"{shown(directory)} is no language.",
            "Name the directory after one, such as es or pt_BR.",
        )
    width, height = png_size(data, limits.screenshot_pixels)
    return FoundScreenshot(path, tag, hashlib.sha256(data).hexdigest(), len(data), width, height)
