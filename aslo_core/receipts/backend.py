"""A storage of `aslo.toml`, with what the core demands of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aslo_core.failpoints import failpoint
from aslo_core.receipts.confirming import confirm
from aslo_core.types import Blob, Storage


@dataclass(frozen=True)
class Backend:
    """One storage and its terms.

    Attributes:
        name: the instance's name.
        storage: the plugin's object.
        verify: how a copy is read back: `backend` or `public`.
        required: whether `aslo.toml` wants a release to have a receipt of it before it is published.
    """

    name: str
    storage: Storage
    verify: str = "backend"
    required: bool = True

    def keep(self, blob: Blob, path: Path) -> None:
        """Put a file and read it back: once this returns, there is a receipt to record.

        Raises:
            Transient, Permanent: as `Storage.put` and `confirm` do.
        """
        failpoint("storage.put.before")
        self.storage.put(blob, path)
        failpoint("storage.put.after")
        confirm(self.storage, blob, self.verify)
