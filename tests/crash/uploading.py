"""Puts an object more on each storage, deletes it again and lists them: `python -m tests.crash.uploading aslo.toml`."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

from aslo_core.bootstrap.storages import open_storages
from aslo_core.cli.configured import configured
from aslo_core.types import Blob


def main() -> None:
    """Do what sweeps."""
    content = b"an object more"
    blob = Blob(digest=hashlib.sha256(content).hexdigest(), size=len(content), suffix=".xo")
    with open_storages(configured(Path(sys.argv[1]))) as storages, tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "object")
        path.write_bytes(content)
        for backend in storages.backends.values():
            backend.storage.put(blob, path)
            backend.storage.delete(blob.name)
            list(backend.storage.names())


if __name__ == "__main__":
    main()
