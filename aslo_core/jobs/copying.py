"""Brings an object from a storage that has it to a file, checked byte by byte on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import structlog

from aslo_core.errors import AsloError, Permanent, Transient
from aslo_core.receipts import Backend
from aslo_core.receipts.confirming import Missing, read_backend
from aslo_core.types import Blob

log = structlog.get_logger(__name__)


def fetch(blob: Blob, sources: Mapping[str, Backend], path: Path) -> None:
    """Write an object to a file, from the first storage that gives it as it should be.

    Args:
        blob: the object.
        sources: the storages to read, in the order in which they are tried.
        path: the file to be.

    Raises:
        Transient: none gives it now, and one at least may later.
        Permanent: none has it as it should be (rule `storage.no-good-copy`).
    """
    reasons: list[str] = []
    may_come_back = False
    for name, source in sources.items():
        try:
            if _written(source, blob, path):
                return
            reason = "it has other bytes there"
        except Missing:
            reason = "it is not there"
        except AsloError as error:
            reason, may_come_back = str(error), may_come_back or isinstance(error, Transient)
        log.warning("copy.source_failed", storage=name, name=blob.name, reason=reason)
        reasons.append(f"{name}: {reason}")
    told = "; ".join(reasons) or "there is none"
    if may_come_back:
        raise Transient(f"no storage gives {blob.name} now ({told})")
    raise Permanent(
        "storage.no-good-copy",
        f"No storage gives {blob.name} as it should be ({told}).",
        "Run `aslo storage verify` for each of these storages, and put the object back from a backup where none has it.",
    )


def _written(source: Backend, blob: Blob, path: Path) -> bool:
    """Write what a storage gives; tell whether it is what it should be."""
    seen, digest = 0, hashlib.sha256()
    with path.open("wb") as file, closing(read_backend(source.storage, blob)) as pieces:
        for piece in pieces:
            seen += len(piece)
            if seen > blob.size:
                return False
            digest.update(piece)
            file.write(piece)
    return (seen, digest.hexdigest()) == (blob.size, blob.digest)
