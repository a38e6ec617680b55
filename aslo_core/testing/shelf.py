"""A storage in memory that can be told to fail, for tests of what reads storages."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from aslo_core.errors import Permanent, Transient
from aslo_core.types import Blob, Handover


class Shelf:
    """Keeps objects in a dictionary.

    Attributes:
        down: while set, it cannot be reached.
        fails: called by all that reaches it; raise in it what is to go wrong.
        breaks_at: byte after which reading breaks off, or None.
        opened: how often an object was opened.
        public_url: where all objects are served, each below it by its name; empty for none.
        signature: what stands behind each address, from the question mark on.
        handed_over_by: header by which a web server in front is told to send an object; empty for none.
    """

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self.down = False
        self.fails: Callable[[], None] = lambda: None
        self.breaks_at: int | None = None
        self.opened = 0
        self.public_url = ""
        self.signature = ""
        self.handed_over_by = ""

    def keep(self, data: bytes, suffix: str) -> Blob:
        """Keep some bytes and name them."""
        blob = Blob(digest=hashlib.sha256(data).hexdigest(), size=len(data), suffix=suffix)
        self._objects[blob.name] = data
        return blob

    def spoil(self, blob: Blob, data: bytes) -> None:
        """Have other bytes under an object's name, as a disk may."""
        self._objects[blob.name] = data

    def put(self, blob: Blob, path: Path) -> None:
        """Keep a file."""
        self._reach()
        if Blob.of(path, blob.suffix) != blob:
            raise Permanent("storage.not-the-blob", f"{path} is not {blob.name}.", "Give the file that the blob names.")
        self._objects[blob.name] = path.read_bytes()

    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        """Open an object from byte `start` on."""
        self._reach()
        self.opened += 1
        data = self._objects[blob.name]
        if self.breaks_at is not None:
            return _Breaking(data[start : max(self.breaks_at, start)])
        return io.BytesIO(data[start:])

    def stat(self, name: str) -> int | None:
        """Size of an object."""
        self._reach()
        return len(self._objects[name]) if name in self._objects else None

    def delete(self, name: str) -> None:
        """Remove an object."""
        self._reach()
        self._objects.pop(name, None)

    def names(self) -> Iterator[str]:
        """Names of all objects."""
        self._reach()
        return iter(tuple(self._objects))

    def address(self, blob: Blob) -> str | None:
        """Address below `public_url`."""
        return f"{self.public_url}/{blob.name}{self.signature}" if self.public_url else None

    def handover(self, blob: Blob) -> Handover | None:
        """Hand over as a file in `/srv`."""
        return Handover(header=self.handed_over_by, value=f"/srv/{blob.name}") if self.handed_over_by else None

    def _reach(self) -> None:
        if self.down:
            raise Transient("the shelf is out of reach")
        self.fails()


class _Breaking(io.BytesIO):
    """Raises where its bytes end, as a lost connection does."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, or break off."""
        piece = super().read(size)
        if not piece:
            raise Transient("the connection was lost")
        return piece
