"""Where bundles and pictures are kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from aslo_core.types.value import Value

_BLOB_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_VISIBLE = re.compile(r"[!-~]+")


class Blob(Value):
    """Some bytes, named by their content. Its name is safe on every file system and in every address.

    Attributes:
        digest: SHA-256 of the bytes.
        size: how many there are.
        suffix: a dot and up to eight lower-case letters or digits, for example `.xo`.
    """

    digest: str
    size: int
    suffix: str

    def __post_init__(self) -> None:
        if not _DIGEST.fullmatch(self.digest) or not _BLOB_SUFFIX.fullmatch(self.suffix) or self.size < 0:
            raise ValueError(f"not the name of a blob: {self!r}")

    @property
    def name(self) -> str:
        """`<first two digits>/<digest><suffix>`: the name on every storage."""
        return f"{self.digest[:2]}/{self.digest}{self.suffix}"

    @classmethod
    def of(cls, path: Path, suffix: str) -> Blob:
        """Name the file at `path` by reading it."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return cls(digest=digest, size=file.tell(), suffix=suffix)


class Storage(Protocol):
    """Where bundles and pictures are kept. One object per `[storage.NAME]`; called from many threads and processes.

    Objects are content-addressed: a name never changes its bytes, so doing anything twice is harmless. A partial object is
    never visible under its final name.

    Beside what is said below, whatever reaches the storage may raise ConfigError: it can be reached, and refuses what the
    configuration says, such as a key or the name of a bucket. An operator can mend that, and nobody else; it is tried again
    with long pauses, as what is Transient.
    """

    def put(self, blob: Blob, path: Path) -> None:
        """Keep the file at `path`; when this returns, the bytes were read back or synced and are there to stay.

        Doing it again with the same bytes is success.

        Raises:
            Transient: the storage cannot be reached, is full, or lost the connection.
            Permanent: the file is not what `blob` says, or the storage holds other bytes under that name.
        """
        ...

    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        """Open the object for reading from byte `start` on.

        Raises:
            KeyError: it is not there.
            Transient: the storage cannot be reached.
        """
        ...

    def stat(self, name: str) -> int | None:
        """Size of the object of that name, or None when it is not there.

        Raises:
            Transient: the storage cannot be reached.
        """
        ...

    def delete(self, name: str) -> None:
        """Remove the object of that name; success when it is not there.

        Raises:
            Transient: the storage cannot be reached.
        """
        ...

    def names(self) -> Iterator[str]:
        """Names of all objects, in no order; nothing partial.

        Raises:
            Transient: the storage cannot be reached.
        """
        ...

    def address(self, blob: Blob) -> str | None:
        """Public address of the object, or None where only ASLO itself can serve it. No input or output.

        It may be signed, for a storage that the public may not read; then it has a query, and expires.
        """
        ...


class Handover(Value):
    """What a web server in front of ASLO is told, for it to send an object itself.

    Attributes:
        header: name of the header of ASLO's answer, for example `X-Accel-Redirect`.
        value: what it says: a path of visible ASCII characters that need no quoting, since web servers differ in that.
    """

    header: str
    value: str

    def __post_init__(self) -> None:
        if not _HEADER.fullmatch(self.header) or not _VISIBLE.fullmatch(self.value):
            raise ValueError(f"not a header: {self!r}")


@runtime_checkable
class HandsOver(Protocol):
    """What a storage offers beside `Storage` where a web server in front of ASLO can read its objects from the same disk.

    Downloads are handed over only after `Storage.stat` has told the right size, and only where the web server's own request
    says that it takes this header, by `X-Sendfile-Type: <header>`; otherwise ASLO sends the bytes.
    """

    def handover(self, blob: Blob) -> Handover | None:
        """Say how the object is handed over, or None where the options do not have it so. No input or output."""
        ...


class Place(Value):
    """Where a storage keeps its objects, whoever asks for them, and however.

    Attributes:
        service: what they are kept by, as `ftp://host:port`; of one that keeps them on this machine, empty.
        path: where they are there: names of folders from the outermost one in, each within the one before. Where a storage may
            well lie within another one, the whole is one name.
    """

    service: str
    path: tuple[str, ...]

    def holds(self, other: Place) -> bool:
        """Whether the other place is this one, or lies within it."""
        return self.service == other.service and self.path == other.path[: len(self.path)]


@runtime_checkable
class Located(Protocol):
    """What a storage offers beside `Storage` where it can tell that another table, with other options, names the same place.

    Two storages that are one keep nothing twice, so that ASLO does not start with them. Without this, only tables with the
    same options are found.
    """

    def place(self) -> Place:
        """Tell where the objects are. The file system may be asked, no network."""
        ...
