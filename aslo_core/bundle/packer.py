"""Make a bundle of a source: `python -m aslo_core.bundle.packer < source.tar > Maze-1.xo`.

No code of the source is run. The content is the same as Sugar's own builder makes (`sugar3.activity.bundlebuilder`,
`dist_xo`); the archive is normalised: the same source gives the same bytes. Only the standard library is imported, since this
runs inside a sandbox.
"""

from __future__ import annotations

import shutil
import stat
import sys
import tempfile
import zipfile
from typing import IO, TYPE_CHECKING

from aslo_core.bundle.activity_info import FILE as INFO_FILE
from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.ini import LARGEST
from aslo_core.bundle.paths import is_packed, language_of
from aslo_core.bundle.po_tokens import PoError
from aslo_core.bundle.source_tar import SourceTar
from aslo_core.bundle.standard_streams import run, say
from aslo_core.bundle.translations import compile_translation
from aslo_core.errors import Permanent
from aslo_core.source_limits import SourceLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LEVEL = 9


def pack(source: SourceTar, bundle: IO[bytes], log: Callable[[str], None]) -> None:
    """Write the bundle of a source: names sorted bytewise, times of 1980, modes 644 or 755, deflated at level 9.

    Args:
        source: the files to pack.
        bundle: where to write, seekable.
        log: receives lines for the activity's author.

    Raises:
        Permanent: the source is no activity, in a way its author can mend.
    """
    info = read_info(source, log)
    made = dict(translations(source, info, log))
    tracked = {path for path in source.paths if is_packed(path)}
    for path in sorted(tracked & made.keys()):
        compared = "the two are the same" if source.read(path) == made[path] else "the one made is packed"
        log(f"warning: {path} is in the source and is made by the build, too; {compared}")
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in sorted(tracked | made.keys(), key=str.encode):
            executable = path not in made and source.is_executable(path)
            data = made[path] if path in made else source.read(path)
            add_entry(archive, f"{info.root}/{path}", data, executable=executable)
    log(f"{info.file_name}: {len(tracked | made.keys())} files, {len(made)} of them made from {len(made) // 2} translations")


def read_info(source: SourceTar, log: Callable[[str], None]) -> ActivityInfo:
    """Read a source's `activity.info`, and log what is odd in it.

    Raises:
        Permanent: there is none, or it cannot be used.
    """
    if INFO_FILE not in source.paths:
        raise Permanent(
            "bundle.info-missing",
            f"The source has no file {INFO_FILE}.",
            f"Add {INFO_FILE} to what git tracks, at the top of the repository.",
            file=INFO_FILE,
        )
    info = ActivityInfo.parse(source.read(INFO_FILE, LARGEST + 1))  # which refuses what is larger
    for warning in info.warnings:
        log(f"warning: {warning.text}")
    return info


def translations(source: SourceTar, info: ActivityInfo, log: Callable[[str], None]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of what is made from each translation; warn of those that cannot be compiled."""
    for path in source.paths:
        language = language_of(path)
        if not language:
            continue
        try:
            compiled = compile_translation(source.read(path))
            described = compiled.info(info.name, info.summary)
        except (PoError, UnicodeEncodeError) as fault:
            log(f"warning: {path} is not compiled: {fault}")
            continue
        yield f"locale/{language}/LC_MESSAGES/{info.bundle_id}.mo", compiled.catalogue
        yield f"locale/{language}/activity.linfo", described


def add_entry(archive: zipfile.ZipFile, name: str, data: bytes, *, executable: bool) -> None:
    """Add a file as every bundle that ASLO makes has it."""
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.create_system = 3  # Unix, so that the mode is heard
    entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED, _LEVEL)


def run_as_program(make: Callable[[SourceTar, IO[bytes], Callable[[str], None]], None]) -> int:
    """Read a source tar from standard input, write its bundle to standard output and a log to standard error.

    Args:
        make: writes the bundle of a source; as `pack`.

    Returns:
        The exit status.
    """

    def work(source: IO[bytes], output: IO[bytes]) -> None:
        with tempfile.TemporaryFile() as bundle:
            make(SourceTar(source, SourceLimits()), bundle, say)
            bundle.seek(0)
            shutil.copyfileobj(bundle, output)

    return run(work)


if __name__ == "__main__":
    sys.exit(run_as_program(pack))
