"""The double's journal: one JSON object a line for each request that changed something, on disk before it is answered."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import msgspec


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A request that changed something.

    Attributes:
        time: when, ISO 8601 in UTC.
        method: `POST`, `PATCH` or `DELETE`.
        path: path of the request below the API's address.
        status: HTTP status of the answer.
        repository: `owner/name` of what it was about at the time.
        login: account that did it.
        body: what was sent, parsed; null where it was not JSON.
        id: id of what was made or changed, or null.
        url: address of that for people, or empty.
    """

    time: str
    method: str
    path: str
    status: int
    repository: str = ""
    login: str = ""
    body: Any = None
    id: int | None = None
    url: str = ""


class Journal:
    """Writes the journal.

    Args:
        path: the file; appended to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def write(self, entry: JournalEntry) -> None:
        """Append one line and wait until it is on disk."""
        with self._lock, self.path.open("ab") as file:
            file.write(msgspec.json.encode(entry) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[JournalEntry]:
        """Everything that was written, oldest first."""
        return [msgspec.json.decode(line, type=JournalEntry) for line in self.path.read_bytes().splitlines()]
