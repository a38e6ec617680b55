"""What the driver itself writes down: each 202."""

from __future__ import annotations

import json
import os
from pathlib import Path


class Accepted:
    """The driver's own journal: each 202, on disk before the next delivery is sent.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, delivery_id: str, release: str) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps([delivery_id, release]) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[tuple[str, str]]:
        """Delivery and release of each, in the order in which they were answered."""
        if not self._path.exists():
            return []
        return [tuple(json.loads(line)) for line in self._path.read_text().splitlines()]
