"""Whether a storage can lie at a path at all."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def unusable(path: Path, data: Path) -> str:
    """Say why no storage can lie at `path`, links followed; empty when one can.

    Args:
        path: the folder to be, which need not be there yet.
        data: ASLO's own folder.
    """
    try:
        place, own = path.resolve(), data.resolve()
        if place == own or place in own.parents:
            return f"{path} is or holds the data directory {data}"
        if (own / "work") in (place, *place.parents):
            return f"{path} lies where ASLO works, and removes what it does not know"
        nearest = next(folder for folder in (place, *place.parents) if folder.exists())
        if not nearest.is_dir():
            return f"{nearest} is no folder"
        if nearest != place:
            with TemporaryDirectory(dir=nearest):  # only trying tells: not every file system goes by modes
                pass
    except OSError as reason:
        return f"{path} cannot be made ({reason.strerror})"
    return ""
