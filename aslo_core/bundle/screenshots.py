"""Pictures of an activity at work, from the source's `screenshots/<language>/*.png`. A bad one is left out, never an error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from aslo_core.bundle.languages import language
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.png import png_size
from aslo_core.bundle.tree import Tree
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown


class FoundScreenshot(NamedTuple):
    """A screenshot that may be shown.

    Attributes:
        language: of what is seen in it, for example `pt_BR`.
        image: the file's bytes.
        width: in pixels.
        height: in pixels.
    """

    language: str
    image: bytes
    width: int
    height: int


def screenshots(
    tree: Path, files: Sequence[str], limits: InspectionLimits
) -> tuple[tuple[FoundScreenshot, ...], tuple[BundleWarning, ...]]:
    """Read the screenshots of a source.

    Args:
        tree: the checked-out source.
        files: paths of its tracked files; no other is looked at, and no link is followed.
        limits: how many and how large.

    Returns:
        The screenshots, sorted by path, and a warning for each one that was left out.
    """
    found: list[FoundScreenshot] = []
    warnings: list[BundleWarning] = []
    with Tree(tree) as opened:
        for name in sorted(files):
            match name.split("/"):
                case ["screenshots", directory, picture] if picture.lower().endswith(".png"):
                    pass
                case _:
                    continue
            try:
                found.append(_screenshot(opened, name, directory, len(found), limits))
            except Permanent as error:
                what = f"{shown(name)} is left out: {error.found}"
                warnings.append(BundleWarning(error.rule, what, name, error.cure))
    return tuple(found), tuple(warnings)


def _screenshot(tree: Tree, name: str, directory: str, before: int, limits: InspectionLimits) -> FoundScreenshot:
    tag = language(directory)
    if not tag:
        raise Permanent(
            "bundle.screenshot-language",
            f"{shown(directory)} is no language.",
            "Name the directory after one, such as es or pt_BR.",
        )
    if before >= limits.screenshots:
        found = f"There are more than {limits.screenshots} ([bundle] screenshots)."
        raise Permanent("bundle.screenshot-count", found, "Keep the best ones.")
    with tree.open(name) as file:
        data = file.content.read(limits.screenshot_bytes + 1)
    if len(data) > limits.screenshot_bytes:
        found = f"The file has more than {limits.screenshot_bytes} bytes ([bundle] screenshot_mib)."
        raise Permanent("bundle.screenshot-too-large", found, "Scale it down.")
    return FoundScreenshot(tag, data, *png_size(data, limits.screenshot_pixels))
