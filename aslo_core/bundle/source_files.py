"""What an inspection is shown of the source that a bundle belongs to: some of its files, and of each as much as is needed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from aslo_core.bundle.paths import language_of

_SCREENSHOT = re.compile(r"screenshots/[^/]+/[^/]+\.png", re.IGNORECASE)
_SCREENSHOTS = "screenshots/"


@dataclass(frozen=True)
class SourceFiles:
    """Files of a source.

    Attributes:
        names: their paths.
        read: returns the first bytes of the named file, at most as many as given.
    """

    names: tuple[str, ...]
    read: Callable[[str, int], bytes]


def is_screenshot(path: str) -> bool:
    """Whether a file of a source is a picture for the catalogue: `screenshots/<language>/<name>.png`."""
    return path.startswith(_SCREENSHOTS) and _SCREENSHOT.fullmatch(path) is not None


def is_translation(path: str) -> bool:
    """Whether a file of a source translates the activity: `po/<language>.po`."""
    return language_of(path) != ""


def is_code(path: str) -> bool:
    """Whether a file tells the toolkit."""
    return path.endswith(".py")
