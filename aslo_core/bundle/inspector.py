"""Inspect a bundle: `python -m aslo_core.bundle.inspector < material.tar > findings`.

What comes in is what `material` writes; what goes out is read by `findings`: a line of JSON, then the pictures that it names,
one after the other. Only the standard library and what draws icons are imported, since this runs inside a sandbox.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

from aslo_core.bundle.inspection import Inspection, inspect
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.material import BUNDLE, ORDER
from aslo_core.bundle.source_files import SourceFiles
from aslo_core.bundle.source_tar import SourceTar
from aslo_core.bundle.standard_streams import run
from aslo_core.source_limits import SourceLimits

if TYPE_CHECKING:
    from collections.abc import Sequence

_LARGEST = 1 << 30
_ANY = SourceLimits(files=1 << 20, file_bytes=_LARGEST, total_bytes=_LARGEST, translation_bytes=_LARGEST)
"""The bundle has limits of its own, and the source was counted when it was packed."""


def main() -> int:
    """Read the material from standard input, write what was found to standard output."""
    return run(_inspect)


def _inspect(material: IO[bytes], output: IO[bytes]) -> None:
    tar = SourceTar(material, _ANY)
    order = json.loads(tar.read(ORDER))
    source = None if order["source"] is None else _source(tar, order["source"])
    with tar.open(BUNDLE) as bundle:
        found = inspect(bundle, source, InspectionLimits(**order["limits"]))
    output.write(_document(found))
    for icon in found.icons:
        output.write(icon.image)
    if source:
        for screenshot in found.screenshots:
            output.write(source.read(screenshot.path, screenshot.size))


def _source(tar: SourceTar, paths: Sequence[str]) -> SourceFiles:
    numbers = {path: str(number) for number, path in enumerate(paths)}
    return SourceFiles(tuple(paths), lambda path, most: tar.read(numbers[path], most))


def _document(found: Inspection) -> bytes:
    """Write a line; names of fields are those of `findings.Findings`."""
    document = asdict(found)
    document["metadata"]["translations"] = [translation._asdict() for translation in found.metadata.translations]
    document["icons"] = [
        {"pixels": icon.pixels, "digest": hashlib.sha256(icon.image).hexdigest(), "size": len(icon.image)}
        for icon in found.icons
    ]
    document["screenshots"] = [screenshot._asdict() for screenshot in found.screenshots]
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


if __name__ == "__main__":
    sys.exit(main())
