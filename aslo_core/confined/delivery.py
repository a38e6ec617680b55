"""What a program makes is where it was asked for when it is whole and on disk, and never otherwise."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from aslo_core.errors import Transient
from aslo_core.failpoints import failpoint


@contextmanager
def whole_output(source: Path, output: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Give what comes in to read and a file to write what goes out to, which takes its place if the block ends well.

    Args:
        source: a source to build, or the material of an inspection.
        output: where the bundle or the findings are to be.

    Raises:
        Transient: the first could not be read, or the second not be written.
    """
    partial = output.with_name(output.name + ".part")
    try:
        with source.open("rb") as reading, partial.open("wb") as writing:
            yield reading, writing
            put_on_disk(writing)
        failpoint("confined.output.before")
        partial.rename(output)
        failpoint("confined.output.after")
        _sync_folder(output.parent)
    except OSError as error:
        raise Transient(f"what came in could not be read, or what went out not be written: {error}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def put_on_disk(file: BinaryIO) -> None:
    """Let all that was written to a file so far be on disk.

    Raises:
        OSError: it cannot be.
    """
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
