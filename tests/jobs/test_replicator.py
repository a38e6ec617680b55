"""What a storage lacks is brought to it by itself, from one that has it, and proved before it counts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.errors import AsloError, ConfigError, ConfigProblem, Permanent
from aslo_core.jobs.copier_lock import copier_lock
from aslo_core.jobs.replicator import BATCH, Replicator, bring_everything
from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projector, Views, copies
from aslo_core.receipts import Backend, Backends
from aslo_core.testing import values
from aslo_core.testing.shelf import Shelf
from aslo_core.testing.story import Made, Story
from aslo_core.types import Blob


@dataclass
class Shelves:
    """Two storages: what is published lies on the first one."""

    story: Story
    projector: Projector
    views: Views
    folder: Path
    main: Shelf = field(default_factory=Shelf)
    mirror: Shelf = field(default_factory=Shelf)
    now: int = 1_000_000_000

    def replicator(self, name: str = "mirror") -> Replicator:
        backends = Backends({"main": Backend("main", self.main), "mirror": Backend("mirror", self.mirror, required=False)})
        return Replicator(name, lambda: backends, self.story.log, self.views.snapshot, self.folder, lambda: self.now)

    def publish(self, *versions: str) -> list[Blob]:
        blobs = []
        for version in versions:
            blobs.append(self.main.keep(f"bundle {version}".encode(), ".xo"))
            made = Made(metadata=values.metadata(version=version), bundle=blobs[-1])
            self.story.published(values.announcement(version, f"v{version}"), made)
        self.projector.make_ready()
        return blobs

    def turn(self, replicator: Replicator) -> None:
        self.projector.make_ready()
        replicator.turn()
        self.projector.make_ready()

    def events(self, name: str = "mirror") -> list[e.Event | None]:
        return [recorded.event for recorded in self.story.log.read(f"copies/{name}")]

    def missing(self, name: str = "mirror") -> int:
        with self.views.snapshot() as connection:
            return copies.counts(connection, name).missing


@pytest.fixture
def shelves(log: EventLog, tmp_path: Path, logs: list[EventDict]) -> Iterator[Shelves]:
    del logs
    with closing(Projector(tmp_path / "views.db", log, PROJECTIONS)) as projector:
        projector.make_ready()
        with closing(Views(tmp_path / "views.db")) as views:
            yield Shelves(Story(log), projector, views, tmp_path / "way")


def test_what_is_published_arrives_with_one_receipt_for_a_batch(shelves: Shelves):
    blobs = shelves.publish("1", "2", "3")
    shelves.turn(shelves.replicator())
    (received,) = shelves.events()
    assert isinstance(received, e.CopiesReceived)
    assert (sorted(received.objects, key=str), received.verified) == (sorted(blobs, key=str), "backend")
    assert sorted(shelves.mirror.names()) == sorted(shelves.main.names())
    assert shelves.missing() == 0
    assert [path.name for path in shelves.folder.iterdir()] == ["mirror.lock"]


def test_more_than_a_batch_goes_on_until_all_is_there(shelves: Shelves):
    shelves.publish(*map(str, range(1, BATCH + 3)))
    replicator = shelves.replicator()
    shelves.turn(replicator)
    shelves.turn(replicator)
    assert shelves.missing() == 0
    assert [len(event.objects) for event in shelves.events() if isinstance(event, e.CopiesReceived)] == [BATCH, 2]


def test_a_storage_that_is_away_is_left_alone_for_a_while_and_then_has_all(shelves: Shelves):
    shelves.publish("1", "2")
    shelves.mirror.down = True
    replicator = shelves.replicator()
    shelves.turn(replicator)
    shelves.turn(replicator)
    (delayed,) = shelves.events()
    assert isinstance(delayed, e.CopiesDelayed)
    assert (delayed.failures, "out of reach" in delayed.error, delayed.retry_at_us > shelves.now) == (1, True, True)
    shelves.now = delayed.retry_at_us
    shelves.turn(replicator)
    again = shelves.events()[-1]
    assert isinstance(again, e.CopiesDelayed)
    assert (again.failures, again.retry_at_us > delayed.retry_at_us) == (2, True)
    shelves.mirror.down = False
    shelves.now = again.retry_at_us
    shelves.turn(replicator)
    assert shelves.missing() == 0


def test_options_that_a_storage_cannot_work_with_wait_for_the_operator(shelves: Shelves, monkeypatch: pytest.MonkeyPatch):
    blobs = shelves.publish("1", "2")

    def refuse(blob: Blob, path: Path) -> None:
        raise ConfigError([ConfigProblem("", 0, "secret_key", "the service refuses it", "write the right one")])

    with monkeypatch.context() as patched:
        patched.setattr(shelves.mirror, "put", refuse)
        shelves.turn(shelves.replicator())
    (delayed,) = shelves.events()
    assert isinstance(delayed, e.CopiesDelayed)
    assert delayed.error == "secret_key: the service refuses it; write the right one"
    shelves.now = delayed.retry_at_us
    shelves.turn(shelves.replicator())
    assert set(shelves.mirror.names()) == {blob.name for blob in blobs}


def test_an_object_that_is_refused_is_parked_and_holds_up_no_other(shelves: Shelves):
    bad, good = shelves.publish("1", "2")
    _refusing(shelves.mirror, bad)
    replicator = shelves.replicator()
    shelves.turn(replicator)
    shelves.turn(replicator)
    assert {type(event) for event in shelves.events()} == {e.CopiesReceived, e.CopyRefused}
    assert len(shelves.events()) == 2
    assert list(shelves.mirror.names()) == [good.name]


def test_by_hand_a_parked_object_is_tried_again_once(shelves: Shelves):
    bad, _ = shelves.publish("1", "2")
    mend = _refusing(shelves.mirror, bad)
    shelves.turn(shelves.replicator())
    assert len(bring_everything(shelves.replicator(), shelves.projector.make_ready, lambda _: None)) == 1
    mend()
    assert bring_everything(shelves.replicator(), shelves.projector.make_ready, lambda _: None) == ()
    assert shelves.missing() == 0


def test_by_hand_a_storage_that_is_away_is_told_and_what_was_copied_counts(shelves: Shelves):
    shelves.publish("1")
    shelves.mirror.down = True
    with pytest.raises(AsloError, match="out of reach"):
        bring_everything(shelves.replicator(), shelves.projector.make_ready, lambda _: None)
    shelves.mirror.down = False
    bring_everything(shelves.replicator(), shelves.projector.make_ready, lambda _: None)  # without waiting for the pause
    assert shelves.missing() == 0


def test_a_source_with_other_bytes_is_never_copied(shelves: Shelves):
    (blob,) = shelves.publish("1")
    shelves.main._objects[blob.name] = b"bundle 2"
    shelves.turn(shelves.replicator())
    (refused,) = shelves.events()
    assert isinstance(refused, e.CopyRefused)
    assert "main: it has other bytes there" in refused.error
    assert list(shelves.mirror.names()) == []


def test_a_source_that_is_away_is_no_fault_of_the_object(shelves: Shelves):
    shelves.publish("1")
    shelves.main.down = True
    shelves.turn(shelves.replicator())
    assert [type(event) for event in shelves.events()] == [e.CopiesDelayed]


def test_a_retired_storage_is_left_alone_until_it_is_restored(shelves: Shelves):
    shelves.story.happened("storage/mirror", e.StorageRetired(by="op", reason="test"))
    shelves.publish("1")
    replicator = shelves.replicator()
    shelves.turn(replicator)
    assert shelves.events() == []
    shelves.story.happened("storage/mirror", e.StorageRestored(by="op", reason="test"))
    shelves.turn(replicator)
    assert shelves.missing() == 0


def test_a_crash_between_copy_and_receipt_costs_a_second_copy_and_nothing_else(shelves: Shelves):
    (blob,) = shelves.publish("1")
    shelves.mirror.keep(b"bundle 1", ".xo")
    shelves.turn(shelves.replicator())
    (received,) = shelves.events()
    assert isinstance(received, e.CopiesReceived)
    assert received.objects == (blob,)


def test_two_at_once_do_no_harm(shelves: Shelves):
    shelves.publish(*map(str, range(1, 21)))
    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        shelves.replicator().turn()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shelves.projector.make_ready()
    assert shelves.missing() == 0
    assert {type(event) for event in shelves.events()} == {e.CopiesReceived}


def test_by_hand_waits_for_another_and_then_finds_nothing_to_do(shelves: Shelves):
    shelves.publish("1")
    ended = threading.Event()

    def copy() -> None:
        assert bring_everything(shelves.replicator(), shelves.projector.make_ready, lambda _: None) == ()
        ended.set()

    with copier_lock(shelves.folder, "mirror", wait=False) as way:
        assert way is not None
        thread = threading.Thread(target=copy)
        thread.start()
        shelves.replicator().turn()  # it leaves that to whoever has the lock
        assert (shelves.events(), ended.is_set()) == ([], False)
        shelves.mirror.keep(b"bundle 1", ".xo")
        shelves.story.happened("copies/mirror", e.CopiesReceived(objects=(values.blob(b"bundle 1"),), verified="backend"))
    thread.join()
    assert len(shelves.events()) == 1


def test_what_a_killed_process_left_on_its_way_is_removed_although_nothing_is_due(shelves: Shelves):
    left = shelves.folder / "mirror.way-killed"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"half")
    shelves.turn(shelves.replicator())
    assert not left.exists()


def _refusing(shelf: Shelf, bad: Blob) -> Callable[[], None]:
    put = shelf.put

    def refuse(blob: Blob, path: Path) -> None:
        if blob == bad:
            raise Permanent("storage.other-bytes", f"{blob.name} has other bytes there.", "Look at the disk.")
        put(blob, path)

    def mend() -> None:
        shelf.put = put  # type: ignore[method-assign]

    shelf.put = refuse  # type: ignore[method-assign]
    return mend
