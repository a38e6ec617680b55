"""Make a bundle by Sugar's own builder: `python -m aslo_core.bundle.sugar_builder < source.tar > Maze-1.xo`.

`sugar3.activity.bundlebuilder` is called directly, as `setup.py dist_xo` would; no code of the source is run. It works in an
empty folder beside the source, which is read-only. What it makes is then normalised as the packer's bundles are. A translation
that msgfmt refuses would end it, and is left out with a warning, as the packer does. Runs in a root tree (`aslo_core.rootfs`).
"""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from aslo_core.bundle.packer import add_entry, read_info, run_as_program, translations
from aslo_core.bundle.paths import is_packed, language_of
from aslo_core.bundle.working_copy import WorkingCopy
from aslo_core.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Callable

    from aslo_core.bundle.source_tar import SourceTar

_BUILDER = """
import sys
sys.path.append("/usr/lib/python3/dist-packages")
from sugar3.activity import bundlebuilder
sys.argv = [sys.argv[1] + "/setup.py", "dist_xo"]
bundlebuilder.start()
"""


def build(source: SourceTar, bundle: IO[bytes], log: Callable[[str], None]) -> None:
    """Write the bundle of a source.

    Args:
        source: the files to pack.
        bundle: where to write, seekable.
        log: receives lines for the activity's author.

    Raises:
        Permanent: the source is no activity, or Sugar's builder failed.
    """
    info = read_info(source, log)
    compiled = {path for path, _ in translations(source, info, log)}
    left_out = [path for path in source.paths if _is_left_out(path, compiled)]
    with tempfile.TemporaryDirectory() as name:
        copy = WorkingCopy.written(source, Path(name), (path for path in source.paths if path not in left_out))
        with zipfile.ZipFile(_made(copy, log)) as archive:
            packed = _entries(archive, info.root, log)
    packed |= {path: source.read(path) for path in left_out if is_packed(path)}
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in sorted(packed, key=str.encode):
            executable = path in source.paths and path not in compiled and source.is_executable(path)
            add_entry(archive, f"{info.root}/{path}", packed[path], executable=executable)
    log(f"{info.file_name}: {len(packed)} files, packed by Sugar's builder")


def _is_left_out(path: str, compiled: set[str]) -> bool:
    """Whether a file is a translation that could not be compiled."""
    language = language_of(path)
    return bool(language) and f"locale/{language}/activity.linfo" not in compiled


def _made(copy: WorkingCopy, log: Callable[[str], None]) -> Path:
    """Run Sugar's builder beside the files, which it cannot change."""
    work = copy.tree.with_name("work")
    work.mkdir()
    for folder, _, files in os.walk(copy.tree, topdown=False):
        for path in (*(Path(folder, file) for file in files), Path(folder)):
            path.chmod(path.stat().st_mode & 0o555)
    ran = copy.run([sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _BUILDER, str(copy.tree)], work, log)
    for folder, _, _ in os.walk(copy.tree):  # so that it can be removed
        Path(folder).chmod(0o755)
    found = list((work / "dist").glob("*.xo"))
    if ran.status or len(found) != 1:
        raise Permanent(
            "build.sugar-builder",
            f"Sugar's own builder ended with status {ran.status}: {ran.last}",
            "Run `python3 setup.py dist_xo` in the source to see the same, and mend what it says.",
        )
    return found[0]


def _entries(archive: zipfile.ZipFile, root: str, log: Callable[[str], None]) -> dict[str, bytes]:
    """Read all files of a bundle; of two with one path the later one counts, which is what unpacking it would leave."""
    found: dict[str, bytes] = {}
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        path, data = entry.filename.removeprefix(f"{root}/"), archive.read(entry)
        if path in found:
            compared = "the two are the same" if found[path] == data else "the one made is packed"
            log(f"warning: {path} is in the source and is made by the build, too; {compared}")
        found[path] = data
    return found


if __name__ == "__main__":
    sys.exit(run_as_program(build))
