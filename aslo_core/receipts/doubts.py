"""Receipts that a download has shown to be wrong: the storage no longer has what it had when it was recorded."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from aslo_core.types import Blob


class Doubts:
    """Which receipts this process doubts, until each is followed by a newer one.

    They are kept in memory alone. `aslo storage verify` reads everything again, and records what is altered for everybody.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doubted: dict[tuple[str, str], int] = {}

    def cast(self, storage: str, blob: Blob, received_us: int) -> None:
        """Doubt a storage's receipt of an object, recorded at this moment, in µs since 1970 UTC."""
        with self._lock:
            self._doubted[storage, blob.name] = received_us

    def among(self, blob: Blob, received_us: Mapping[str, int]) -> frozenset[str]:
        """Name the storages whose receipt is doubted.

        Args:
            blob: the object.
            received_us: when the receipt of each storage was recorded.
        """
        with self._lock:
            doubted = {name: self._doubted.get((name, blob.name)) for name in received_us}
        return frozenset(name for name, at_us in received_us.items() if at_us == doubted[name])
