"""Make a bundle by Sugar's own builder: `python -m aslo_core.bundle.sugar_builder < source.tar > Maze-1.xo`.

`sugar3.activity.bundlebuilder` is called directly, as `setup.py dist_xo` would; no code of the source is run. It works in an
empty folder beside the source, which is read-only. What it makes is then normalised as the packer's bundles are. A translation
that msgfmt refuses would end it, and is left out with a warning, as the packer does. Runs in a root tree (`aslo_core.rootfs`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from aslo_core.bundle.packer import add_entry, read_info, run_as_program, translations
from aslo_core.bundle.paths import is_packed, language_of
from aslo_core.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Callable

    from aslo_core.bundle.source_tar import SourceTar

_PATH = "/opt/aslo/bin:/usr/bin:/bin"
_BUILDER = """
import sys
sys.path.append("/usr/lib/python3/dist-packages")
from sugar3.activity import bundlebuilder
sys.argv = [sys.argv[1] + "/setup.py", "dist_xo"]
bundlebuilder.start()
"""
_SHOWN = 300


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
    with tempfile.TemporaryDirectory() as name:
        tree, work = Path(name, "source"), Path(name, "work")
        work.mkdir()
        left_out = _unpack(source, tree, lambda path: f"locale/{language_of(path)}/activity.linfo" in compiled)
        made = _run(tree, work, log)
        with zipfile.ZipFile(made) as archive:
            packed = _entries(archive, info.root, log)
    packed |= {path: source.read(path) for path in left_out if is_packed(path)}
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in sorted(packed, key=str.encode):
            executable = path in source.paths and path not in compiled and source.is_executable(path)
            add_entry(archive, f"{info.root}/{path}", packed[path], executable=executable)
    log(f"{info.file_name}: {len(packed)} files, packed by Sugar's builder")


def _unpack(source: SourceTar, tree: Path, is_compiled: Callable[[str], bool]) -> list[str]:
    """Write the source, and give the paths of translations that were left out."""
    left_out = []
    for path in source.paths:
        if language_of(path) and not is_compiled(path):
            left_out.append(path)
            continue
        file = tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.read(path))
        file.chmod(0o555 if source.is_executable(path) else 0o444)
    for folder, _, _ in os.walk(tree, topdown=False):
        Path(folder).chmod(0o555)
    return left_out


def _run(tree: Path, work: Path, log: Callable[[str], None]) -> Path:
    command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _BUILDER, str(tree)]
    environment = {"PATH": _PATH, "HOME": str(work), "LANG": "C.UTF-8"}
    ended = subprocess.run(
        command,
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    lines = ended.stdout.decode("utf-8", "replace").splitlines()
    for line in lines:
        log(line)
    for folder, _, _ in os.walk(tree):  # so that it can be removed
        Path(folder).chmod(0o755)
    found = list((work / "dist").glob("*.xo"))
    if ended.returncode or len(found) != 1:
        last = lines[-1][:_SHOWN] if lines else "it said nothing"
        raise Permanent(
            "build.sugar-builder",
            f"Sugar's own builder ended with status {ended.returncode}: {last}",
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
