"""What the simulation has in place of hosts, builders, storages, notifiers and leases: in memory, and nothing random.

Each keeps the contract of what it stands for. `reach` is called before and after each effect: what it raises befalls the caller
just there, and a thread that it holds up is where a process can be lost.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from aslo_core.blobs import checked_blob_name, checked_chunks
from aslo_core.errors import Permanent
from aslo_core.types import (
    Announcement,
    Asset,
    Blob,
    Builder,
    BuildRequest,
    Fetched,
    FetchedAsset,
    InspectionRequest,
    Isolation,
    LogSink,
    Notice,
    Person,
    Toolchain,
)

Reach = Callable[[str], None]
Files = Mapping[str, bytes]


def nothing_happens(_where: str) -> None:
    """Every place is reached and left."""


@dataclass
class HostSource:
    """A host whose tags name sets of files.

    Attributes:
        tags: release's stream and tag → its files; change them and the tag was moved.
        reach: see above.
        assets: what is attached to every release, by name.
    """

    tags: Mapping[tuple[str, str], Files]
    reach: Reach = nothing_happens
    assets: Files = field(default_factory=dict)

    def fetch(self, announcement: Announcement, into: Path, log: LogSink) -> Fetched:
        self.reach("fetch.before")
        files = self.tags.get((announcement.stream, announcement.tag))
        if files is None:
            raise Permanent("source.tag-missing", f"There is no tag {announcement.tag!r}.", "Push it.")
        names = tuple(sorted(files, key=str.encode))
        for name in names:
            path = into / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
        commit = commit_of(files)
        log(f"fetched {commit}\n".encode())
        attached = tuple(self._attach(number, name, into) for number, name in enumerate(self.assets))
        self.reach("fetch.after")
        return Fetched(
            commit=commit,
            tree=into / "tree",
            files=names,
            address=announcement.repository.url,
            assets=attached,
            contributors=(Person(login="ada"),),
        )

    def _attach(self, number: int, name: str, into: Path) -> FetchedAsset:
        path = into / f"asset-{number}"
        path.write_bytes(self.assets[name])
        return FetchedAsset(asset=Asset(id=str(number), name=name, size=len(self.assets[name])), path=path)


def commit_of(files: Files) -> str:
    """Name a commit by its files."""
    listed = b"".join(f"{len(content)} {name}\n".encode() + content for name, content in sorted(files.items()))
    return hashlib.sha256(listed).hexdigest()[:40]


@dataclass
class RememberingBuilder:
    """A builder that does what a real one did with the same bytes, and asks that one where there is nothing to remember.

    Attributes:
        real: builds and inspects what is new.
        done: what it made of what.
        reach: see above.
    """

    real: Builder
    done: MutableMapping[tuple[str, ...], tuple[bytes, bytes]] = field(default_factory=dict)
    reach: Reach = nothing_happens

    @property
    def isolation(self) -> Isolation:
        return self.real.isolation

    @property
    def toolchain(self) -> Toolchain:
        return self.real.toolchain

    def build(self, request: BuildRequest, log: LogSink) -> None:
        self.reach("build.before")
        key = ("build", _digest(request.source), str(request.limits))
        self._do(key, request.bundle, log, lambda heard: self.real.build(request, heard))
        self.reach("build.after")

    def inspect(self, request: InspectionRequest, log: LogSink) -> None:
        self.reach("inspect.before")
        key = ("inspect", _digest(request.material), str(request.limits))
        self._do(key, request.findings, log, lambda heard: self.real.inspect(request, heard))
        self.reach("inspect.after")

    def _do(self, key: tuple[str, ...], made: Path, log: LogSink, do: Callable[[LogSink], None]) -> None:
        if key in self.done:
            data, said = self.done[key]
            made.write_bytes(data)
            log(said)
            return
        pieces: list[bytes] = []

        def hear(piece: bytes) -> None:
            pieces.append(piece)
            log(piece)

        do(hear)
        self.done[key] = (made.read_bytes(), b"".join(pieces))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class MemoryStorage:
    """A storage in a dictionary, which several processes may share.

    Attributes:
        objects: name → bytes.
        reach: see above.
    """

    objects: MutableMapping[str, bytes] = field(default_factory=dict)
    reach: Reach = nothing_happens

    def put(self, blob: Blob, path: Path) -> None:
        self.reach("put.before")
        self.objects[blob.name] = b"".join(checked_chunks(blob, path))
        self.reach("put.after")

    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        self.reach("open.before")
        return io.BytesIO(self.objects[blob.name][start:])

    def stat(self, name: str) -> int | None:
        data = self.objects.get(checked_blob_name(name))
        return None if data is None else len(data)

    def delete(self, name: str) -> None:
        self.objects.pop(checked_blob_name(name), None)

    def names(self) -> Iterator[str]:
        return iter(tuple(self.objects))

    def address(self, _blob: Blob) -> str | None:
        return None


@dataclass
class Board:
    """A notifier whose messages hang on a board, each under the id of its notice: whoever comes second finds it.

    Attributes:
        messages: id of the notice → the notice, oldest first.
        reach: see above.
    """

    messages: MutableMapping[str, Notice] = field(default_factory=dict)
    reach: Reach = nothing_happens

    def notify(self, notice: Notice) -> str:
        self.reach("notify.before")
        self.messages.setdefault(notice.id, notice)
        self.reach("notify.after")
        return f"https://board.example/{notice.id}"


class MemoryLeases:
    """Leases by a clock that is moved by hand.

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rows: dict[str, tuple[str, float]] = {}

    def take(self, name: str, holder: str, seconds: float) -> bool:
        if self.held().get(name, holder) != holder:
            return False
        self._rows[name] = (holder, self._clock() + seconds)
        return True

    def give_back(self, name: str, holder: str) -> None:
        if self._rows.get(name, ("", 0))[0] == holder:
            del self._rows[name]

    def held(self, prefix: str = "") -> Mapping[str, str]:
        return {
            name: holder for name, (holder, until) in self._rows.items() if name.startswith(prefix) and until > self._clock()
        }


class DeafEndings:
    """Never hears that a run has ended: each step goes on to its end, what it came to comes too late, and its files stay."""

    @contextmanager
    def heard(self, _stream: str, _version: int, _tell: Callable[[], None]) -> Iterator[None]:
        yield

    def tell_once(self, stream: str, version: int, tell: Callable[[], None]) -> None:
        """Hear nothing."""


class NoBuildLogs:
    """Keeps nothing of what builds say."""

    def append(self, stream: str, attempt: int, offset_us: int, data: bytes) -> None:
        """Hear it."""
