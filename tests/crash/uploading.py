"""Puts an object more on each storage, and deletes it again: `python -m tests.crash.uploading aslo.toml [SHELF…]`.

It goes on each of the shelves, the folders named by the first two digits: on FTP an upload sweeps the one that it goes to.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from itertools import count
from pathlib import Path

from aslo_core.bootstrap.storages import open_storages
from aslo_core.cli.configured import configured
from aslo_core.types import Blob


def main() -> None:
    """Upload to every shelf that is named, or to any."""
    configuration, *shelves = sys.argv[1:]
    with open_storages(configured(Path(configuration))) as storages, tempfile.TemporaryDirectory() as scratch:
        for shelf in shelves or [""]:
            path = Path(scratch, "object")
            path.write_bytes(content := content_on(shelf))
            blob = Blob(digest=hashlib.sha256(content).hexdigest(), size=len(content), suffix=".xo")
            for backend in storages.backends.values():
                backend.storage.put(blob, path)
                backend.storage.delete(blob.name)


def content_on(shelf: str) -> bytes:
    """Give bytes whose digest begins so."""
    return next(text for text in map(b"%d".__mod__, count()) if hashlib.sha256(text).hexdigest().startswith(shelf))


if __name__ == "__main__":
    main()
