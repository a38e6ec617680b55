"""Cases of the commands that work on storages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from aslo_core import events as e
from aslo_core.log import EventLog
from aslo_core.testing import values
from aslo_core.testing.prepared_aslo import Ended
from aslo_core.testing.story import Made, Story
from aslo_core.types import Blob
from tests.crash.commands.case import aslo
from tests.crash.invariants import projections, stores, unsound_log, uploads_in_parts
from tests.crash.ledger import Ledger
from tests.crash.scene import Scene

_NOBODYS = b"what nothing needs"


class Adding:
    """`aslo storage add`: the file has the new table or it has not, and the log tells of it.

    Args:
        made: where.
    """

    arguments = ("storage", "add", "big", "--use", "local", "--set", "path=big-disk")
    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, made: Scene) -> None:
        self._made = made
        self._before = self._tables()

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        if self._tables() not in (self._before, self._after()):
            yield "file: it is neither the old one nor the new one"

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status:
            yield f"ended: the second time with {again.status}: {again.err}"
        if self._tables() != self._after():
            yield "file: it is not the new one"
        yield from (f"left: {path.name}" for path in self._made.folder.glob(".aslo.toml*"))
        with EventLog.open(self._made.log) as log:
            told = [recorded.event for recorded in log.read("storage/big")]
        if not told or any(not isinstance(event, e.StorageAdded) for event in told):
            yield f"log: storage/big has {told}, and not its addition"

    def _tables(self) -> dict[str, object]:
        return tomllib.loads((self._made.folder / "aslo.toml").read_text())

    def _after(self) -> dict[str, object]:
        big = {"use": "local", "required": False, "path": "big-disk"}
        return self._before | {"storage": {**self._before["storage"], "big": big}}  # type: ignore[dict-item]


class Switching:
    """`aslo storage switch`: once the log says it, a call that is repeated has the file say it.

    Args:
        made: where.
        name: the storage, which nothing is missing from.
    """

    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, made: Scene, name: str) -> None:
        self.arguments = ("storage", "switch", name, "--reason", "it is larger")
        self._made, self._name = made, name

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        if self._required() and not self._told():
            yield f"file: it says that {self._name} is required, and the log does not"

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status and f"storage {self._name} is the primary one already" not in again.err:
            yield f"ended: the second time with {again.status}: {again.err}"
        if not self._required():
            yield f"file: it does not say that {self._name} is required"
        if len(self._told()) != 1:
            yield f"log: {self._name} is told {len(self._told())} times to be the primary storage"

    def _required(self) -> bool:
        table = tomllib.loads((self._made.folder / "aslo.toml").read_text())["storage"][self._name]
        return bool(table.get("required", True))

    def _told(self) -> list[e.StorageSwitched]:
        with EventLog.open(self._made.log) as log:
            return [one.event for one in log.read(f"storage/{self._name}") if isinstance(one.event, e.StorageSwitched)]


class Verifying:
    """`aslo storage verify --delete-extra`: the storage gets to be what the log says, and the log to tell what was there.

    Two of its objects are altered, one is missing; two lie there that nothing needs, one of them with a receipt of a run that
    was cancelled.

    Args:
        made: where.
        name: the storage.
    """

    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, made: Scene, name: str) -> None:
        self.arguments = ("storage", "verify", name, "--delete-extra")
        self._made, self._place, self._name = made, made.places[name], name
        with EventLog.open(made.log) as log:
            story = Story(log, storages=tuple(made.places))
            published = [self._publish(story, version) for version in ("1", "2", "3", "4")]
            cancelled = self._cancel(story)
        for blob in published[:2]:
            self._place.lay(blob.name, b"altered")
        self._place.take(published[2].name)
        self._place.lay(values.blob(_NOBODYS).name, _NOBODYS)
        self._lay_everywhere(cancelled, b"cancelled")
        for other, place in made.places.items():
            if other != name:
                place.take(cancelled.name)
        self._found = dict(self._place.digests())

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        found = dict(self._place.digests())
        yield from (f"storage {self._name}: {key} came to be there" for key in found.items() - self._found.items())
        with closing(Ledger(self._made.log)) as ledger:
            ledger.catch_up()
            received = {blob.name for blob in ledger.received[self._name]}
        for key in found.keys() - self._unfit(found) - received:
            yield f"log: {key} is told to be lost from {self._name}, and is there"
        if self._told() and self._unfit(found):
            yield f"log: {self._name} is told to have been put in order, and was not"

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status not in (0, 1):
            yield f"ended: the second time with {again.status}: {again.err}"
        copied = aslo(self._made, "storage", "copy", self._name)
        if copied.status:
            yield f"ended: the copying with {copied.status}: {copied.err}"
        with closing(Ledger(self._made.log)) as ledger:
            ledger.catch_up()
            yield from stores(self._made, ledger)
        if not self._told():
            yield f"log: {self._name} is not told to have been verified"
        yield from unsound_log(self._made.log)
        yield from projections(self._made)
        yield from uploads_in_parts(self._made, 0)

    def _told(self) -> list[e.StorageVerified]:
        """What the log says of verifications that were ended."""
        with EventLog.open(self._made.log) as log:
            return [one.event for one in log.read(f"storage/{self._name}") if isinstance(one.event, e.StorageVerified)]

    def _unfit(self, found: Mapping[str, str]) -> set[str]:
        """What is there and is to go without a word on a receipt: altered, or never ASLO's."""
        nobodys = values.blob(_NOBODYS).name
        return {key for key, digest in found.items() if key == nobodys or digest != Path(key).name.partition(".")[0]}

    def _publish(self, story: Story, version: str) -> Blob:
        content = f"the bundle of version {version}".encode()
        blob = values.blob(content)
        self._lay_everywhere(blob, content)
        story.published(values.announcement(version, f"v{version}"), Made(values.metadata(version=version), blob))
        return blob

    def _cancel(self, story: Story) -> Blob:
        blob, release = values.blob(b"cancelled"), values.announcement("5", "v5")
        story.announced(release)
        attempt = story.claimed(release, f"store:{self._name}")
        stored = e.BundleStored(attempt=attempt, storage=self._name, objects=(blob,), address="", verified="backend")
        story.happened(release.stream, stored, e.ReleaseCancelled(by="ada", reason="not yet"))
        return blob

    def _lay_everywhere(self, blob: Blob, content: bytes) -> None:
        for place in self._made.places.values():
            place.lay(blob.name, content)
