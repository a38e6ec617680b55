"""Make a bundle by the repository's own `setup.py`: `python -m aslo_core.bundle.setup_builder < source.tar > Maze-1.xo`.

The one program that runs code of a source, and only for owners whom the operator has listed. `python3 setup.py dist_xo` runs in
a copy of the source, which it may change; the one bundle that it makes is then normalised as the packer's are. What guards
against it is the sandbox around both, and whatever comes out is inspected as every bundle is. Runs in a root tree
(`aslo_core.rootfs`).
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from aslo_core.bundle.archive import Archive
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.packer import add_entry, read_info, run_as_program
from aslo_core.bundle.working_copy import WorkingCopy
from aslo_core.errors import Permanent
from aslo_core.plain_text import one_line, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from aslo_core.bundle.source_tar import SourceTar

SCRIPT = "setup.py"
_DIST = "dist"
_NAMED = 5
_PR_SET_DUMPABLE = 4
_ANY = 1 << 40
# The inspection counts by the operator's limits; here the sandbox's are enough.
_UNCOUNTED = replace(
    InspectionLimits(),
    archive_bytes=_ANY,
    entries=_ANY,
    directory_bytes=_ANY,
    name_bytes=_ANY,
    entry_bytes=_ANY,
    inflated_bytes=_ANY,
    ratio=_ANY,
)


def build(source: SourceTar, bundle: IO[bytes], log: Callable[[str], None]) -> None:
    """Write the bundle of a source.

    Args:
        source: the files to pack.
        bundle: where to write, seekable.
        log: receives lines for the activity's author.

    Raises:
        Permanent: the source is no activity, its `setup.py` made no single bundle, or what it made is no bundle.
    """
    read_info(source, log)
    if SCRIPT not in source.paths:
        raise Permanent(
            "build.setup-missing",
            f"The source has no {SCRIPT} at its top, and the operator of this ASLO has {SCRIPT} run for this owner.",
            f"Add a {SCRIPT} that makes the bundle when it is run as `python3 {SCRIPT} dist_xo`, or ask the operator to take"
            " the owner off that list.",
            file=SCRIPT,
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        # A bundle that was committed would be taken for one that was made.
        copy = WorkingCopy.written(source, Path(name), (path for path in source.paths if not path.startswith(f"{_DIST}/")))
        log(f"python3 {SCRIPT} dist_xo")
        _keep_out_of_reach()
        ran = copy.run([sys.executable, SCRIPT, "dist_xo"], copy.tree, log)
        if ran.status:
            raise Permanent(
                "build.setup-failed",
                f"{SCRIPT} ended with {_end(ran.status)}: {one_line(ran.last)}",
                f"The log has all that it said. Run `python3 {SCRIPT} dist_xo` in a fresh clone, without a network, and mend"
                " what it says.",
                file=SCRIPT,
            )
        with _made(copy.tree / _DIST).open("rb") as file:
            _normalise(Archive.checked(file, _UNCOUNTED), bundle, log)


def _keep_out_of_reach() -> None:
    """Let nothing that runs here trace this process, or get at its pipes through /proc (PR_SET_DUMPABLE, ptrace(2))."""
    none = ctypes.c_ulong(0)
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, none, none, none, none):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _end(status: int) -> str:
    return f"status {status}" if status > 0 else f"signal {-status}"


def _made(dist: Path) -> Path:
    found = sorted(path for path in dist.glob("*.xo") if path.is_file() and not path.is_symlink())
    if not found:
        raise Permanent(
            "build.setup-no-bundle",
            f"{SCRIPT} ended well, and there is no bundle {_DIST}/*.xo.",
            f"Let `python3 {SCRIPT} dist_xo` write the bundle into {_DIST}/, as sugar3.activity.bundlebuilder does.",
            file=SCRIPT,
        )
    if len(found) > 1:
        names = ", ".join(shown(path.name) for path in found[:_NAMED])
        raise Permanent(
            "build.setup-several-bundles",
            f"{SCRIPT} made {len(found)} bundles in {_DIST}/: {names}{' and more' if len(found) > _NAMED else ''}.",
            f"Let `python3 {SCRIPT} dist_xo` make one: a release is of one bundle.",
            file=SCRIPT,
        )
    return found[0]


def _normalise(made: Archive, bundle: IO[bytes], log: Callable[[str], None]) -> None:
    """Write the same files as every bundle that ASLO makes has them."""
    for path in made.doubles:
        log(f"warning: {path} stands twice in the bundle; the later one is packed")
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in sorted(made.names, key=str.encode):
            add_entry(archive, f"{made.root}/{path}", made.read(path, _ANY), executable=made.is_executable(path))
    log(f"{made.root}: {len(made.names)} files, packed by the repository's own {SCRIPT}")


if __name__ == "__main__":
    sys.exit(run_as_program(build))
