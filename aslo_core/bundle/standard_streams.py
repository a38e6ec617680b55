"""What the programs that run confined have in common: three pipes, and an exit status that says whose fault it is.

Standard input and output carry bytes, standard error lines for people; the end of output never means success, the status does.
Only the standard library is imported, since this runs inside a sandbox.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import sys
import tempfile
from typing import IO, TYPE_CHECKING

from aslo_core.errors import AsloError, Permanent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EX_DATAERR = 65
"""Exit status when what came in is at fault (sysexits.h)."""
EX_SOFTWARE = 70
"""Exit status when it is not."""


def run(work: Callable[[IO[bytes], IO[bytes]], None]) -> int:
    """Do the program's work on standard input and output, and return its exit status.

    Args:
        work: reads the first, which is seekable, and writes the second. A Permanent that it raises becomes the last line of
            standard error, as JSON with the keys `rule`, `found`, `cure` and `file`.
    """
    try:
        with _seekable(sys.stdin.buffer) as file:
            work(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    except Permanent as fault:
        say(json.dumps({"rule": fault.rule, "found": fault.found, "cure": fault.cure, "file": fault.file}))
        return EX_DATAERR
    except AsloError as fault:
        say(f"error: {fault}")
        return EX_SOFTWARE
    return 0


def say(line: str) -> None:
    """Write a line for people."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def _seekable(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Spool what comes through a pipe, since a tar's files are read in another order than they come in."""
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        yield file
        return
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(file, spool)
        spool.seek(0)
        yield spool
