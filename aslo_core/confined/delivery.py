"""A bundle is where it was asked for when it is whole and on disk, and never otherwise."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from aslo_core.errors import Transient
from aslo_core.types import BuildRequest


@contextmanager
def whole_bundle(request: BuildRequest) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Give the source to read and a file to write the bundle to, which takes its place if the block ends well.

    Raises:
        Transient: the source could not be read, or the bundle not be written.
    """
    partial = request.bundle.with_name(request.bundle.name + ".part")
    try:
        with request.source.open("rb") as source, partial.open("wb") as bundle:
            yield source, bundle
            bundle.flush()
            os.fsync(bundle.fileno())
        partial.rename(request.bundle)
        _sync_folder(request.bundle.parent)
    except OSError as error:
        raise Transient(f"the build could not read its source or write its bundle: {error}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
