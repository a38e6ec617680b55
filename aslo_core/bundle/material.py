"""Write what an inspection begins with, as a tar archive: the bundle, what it may have, and what tells of its source."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
from dataclasses import asdict
from typing import TYPE_CHECKING

from aslo_core.bundle.po import MAX_BYTES as MOST_BYTES_OF_TRANSLATION
from aslo_core.bundle.source_files import is_code, is_screenshot, is_translation
from aslo_core.bundle.source_tar import SourceTar
from aslo_core.bundle.toolkit import MOST_BYTES_OF_FILE
from aslo_core.source_limits import SourceLimits

if TYPE_CHECKING:
    from pathlib import Path

    from aslo_core.bundle.limits import InspectionLimits

ORDER = "order.json"
"""An object: `limits`, those of the inspection, and `source`, the paths of the files from there, or null without a source."""
BUNDLE = "bundle.xo"
"""The bundle. The files of the source are called `0`, `1` and so on, after their places in the list."""


def write_material(to: Path, bundle: Path, source: Path | None, limits: InspectionLimits) -> None:
    """Write the archive.

    Of the source go along the code, the translations and the screenshots alone, of each as much as the inspection looks at.

    Args:
        to: the archive; does not exist yet.
        bundle: the `.xo`.
        source: the source's tar archive, as `write_source_tar` writes it; None where there is no source.
        limits: how much the bundle may have.
    """
    with contextlib.ExitStack() as stack:
        tar = stack.enter_context(tarfile.open(to, mode="x", format=tarfile.PAX_FORMAT))
        packed = SourceTar(stack.enter_context(source.open("rb")), SourceLimits()) if source else None
        paths = [path for path in packed.paths if _is_looked_at(path)] if packed else None
        _add(tar, ORDER, json.dumps({"limits": asdict(limits), "source": paths}).encode())
        entry = tarfile.TarInfo(BUNDLE)
        entry.size = bundle.stat().st_size
        tar.addfile(entry, stack.enter_context(bundle.open("rb")))
        if packed:
            for number, path in enumerate(paths or ()):
                _add(tar, str(number), packed.read(path, _most_bytes(path, limits)))


def _is_looked_at(path: str) -> bool:
    return is_code(path) or is_translation(path) or is_screenshot(path)


def _most_bytes(path: str, limits: InspectionLimits) -> int:
    """How much of a file to send along. Where it has a limit, one byte beyond tells that it is exceeded."""
    if is_screenshot(path):
        return limits.screenshot_bytes + 1
    return MOST_BYTES_OF_TRANSLATION + 1 if is_translation(path) else MOST_BYTES_OF_FILE


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))
