"""What goes away on a storage behind ASLO's back is found, and copied again; one that is empty all at once is left alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from aslo_storage_local import FolderStorage
from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.jobs.gauge import Gauge
from aslo_core.jobs.inventory import Inventory
from aslo_core.jobs.replicator import Replicator
from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projector, Views, copies, waits
from aslo_core.receipts import Backend, Backends
from aslo_core.release.clock import wall_clock
from aslo_core.storing.verifying import Verifier
from aslo_core.testing import values
from aslo_core.testing.shelf import Shelf
from aslo_core.testing.story import Made, Story
from aslo_core.types import Blob

HOUR_US = 3_600_000_000


@dataclass
class Stock:
    """A folder and a shelf that both have what is published, and an hour between two inventories of the folder."""

    story: Story
    projector: Projector
    views: Views
    folder: Path
    backends: Backends
    waited_us: int = 0
    every_us: int = HOUR_US

    def __post_init__(self) -> None:
        self.inventory = Inventory(
            "main",
            lambda: self.backends,
            self.story.log,
            self.views.snapshot,
            self.clock,
            lambda: self.every_us,
            jitter=lambda: 0.0,
        )

    def clock(self) -> int:
        return wall_clock() + self.waited_us

    def publish(self, *versions: str) -> list[Blob]:
        blobs = []
        for version in versions:
            shelf = self.backends["mirror"].storage
            assert isinstance(shelf, Shelf)
            blobs.append(shelf.keep(f"bundle {version}".encode(), ".xo"))
            self.put(blobs[-1], version)
            made = Made(metadata=values.metadata(version=version), bundle=blobs[-1])
            self.story.published(values.announcement(version, f"v{version}"), made)
        self.projector.make_ready()
        return blobs

    def put(self, blob: Blob, version: str) -> None:
        file = self.folder.parent / "file"
        file.write_bytes(f"bundle {version}".encode())
        self.backends["main"].storage.put(blob, file)

    def turn(self, inventory: Inventory | None = None) -> list[e.Event | None]:
        """Have a turn an hour later; what it recorded."""
        self.waited_us += HOUR_US
        head = self.story.log.head()
        (inventory or self.inventory).turn()
        self.projector.make_ready()
        return [recorded.event for recorded in self.story.log.read_all(head)]

    def received(self, blobs: list[Blob]) -> list[Blob]:
        with self.views.snapshot() as connection:
            names = copies.received(connection, "main", [blob.name for blob in blobs])
        return [blob for blob in blobs if blob.name in names]

    def replicate(self) -> None:
        Replicator(
            "main", lambda: self.backends, self.story.log, self.views.snapshot, self.folder.parent / "way", self.clock
        ).turn()
        self.projector.make_ready()

    def paused(self) -> list[str]:
        gauge = Gauge(self.folder.parent, 0, lambda: "", lambda: "", self.views.snapshot, lambda: self.backends, dict)
        gauge.look()
        return [reason.kind for reason in gauge.pause.reasons]


@pytest.fixture
def stock(log: EventLog, tmp_path: Path, logs: list[EventDict]) -> Iterator[Stock]:
    del logs
    with closing(Projector(tmp_path / "views.db", log, PROJECTIONS)) as projector:
        projector.make_ready()
        with closing(Views(tmp_path / "views.db")) as views:
            folder = tmp_path / "disk" / "storage"
            folder.parent.mkdir()
            backends = Backends(
                {
                    "main": Backend("main", FolderStorage("main", folder)),
                    "mirror": Backend("mirror", Shelf(), required=False),
                }
            )
            yield Stock(Story(log, storages=("main", "mirror")), projector, views, folder, backends)


def test_what_is_there_is_counted_and_recorded_once_an_hour(stock: Stock):
    stock.publish("1", "2")
    assert stock.turn() == [e.CopiesCompared(there=2, missing=0, emptied=False)]
    with stock.views.snapshot() as connection:
        assert copies.standing(connection, "main").compared_us is not None


def test_before_the_hour_is_over_nobody_is_asked(stock: Stock):
    stock.publish("1")
    stock.turn()
    stock.inventory.turn()
    assert len(list(stock.story.log.read("copies/main"))) == 1


def test_nothing_is_recorded_of_a_storage_that_is_to_have_nothing(stock: Stock):
    assert stock.turn() == []


def test_what_went_away_loses_its_receipt_and_is_copied_again(stock: Stock):
    blobs = stock.publish("1", "2", "3")
    (stock.folder / blobs[1].name).unlink()
    assert stock.turn() == [
        e.CopiesLost(missing=(blobs[1],), altered=()),
        e.CopiesCompared(there=2, missing=1, emptied=False),
    ]
    assert stock.received(blobs) == [blobs[0], blobs[2]]
    stock.replicate()
    assert (stock.folder / blobs[1].name).read_bytes() == b"bundle 2"
    assert stock.received(blobs) == blobs


def test_what_a_listing_leaves_out_and_is_there_all_the_same_is_not_lost(stock: Stock, monkeypatch: pytest.MonkeyPatch):
    blobs = stock.publish("1", "2")
    monkeypatch.setattr(stock.backends["main"].storage, "names", lambda: iter([blobs[0].name]))
    assert stock.turn() == [e.CopiesCompared(there=2, missing=0, emptied=False)]


def test_a_disk_that_is_not_mounted_is_not_filled_and_builds_pause_until_it_is_back(stock: Stock, logs: list[EventDict]):
    blobs = stock.publish("1", "2")
    unmounted = stock.folder.parent.parent / "unmounted"
    stock.folder.parent.rename(unmounted)
    stock.folder.parent.mkdir()
    assert stock.turn() == [e.CopiesCompared(there=0, missing=2, emptied=True)]
    assert [entry["storage"] for entry in logs if entry["event"] == "storage.emptied"] == ["main"]
    assert stock.received(blobs) == blobs
    stock.replicate()
    assert not stock.folder.exists()
    assert stock.paused() == ["emptied"]
    with stock.views.snapshot() as connection:
        assert waits.storages_emptied(connection) == ("main",)
        in_force = copies.storages_in_force(connection, stock.backends.tables)
        assert copies.holders(connection, blobs[0].name, in_force) == ("mirror", "main")

    shutil.rmtree(stock.folder.parent)
    unmounted.rename(stock.folder.parent)
    assert stock.turn() == [e.CopiesCompared(there=2, missing=0, emptied=False)]
    assert stock.paused() == []


def test_what_is_published_meanwhile_is_not_copied_to_an_emptied_storage(stock: Stock):
    stock.publish("1", "2")
    shutil.rmtree(stock.folder)
    stock.turn()
    mirror = stock.backends["mirror"].storage
    assert isinstance(mirror, Shelf)
    made = Made(metadata=values.metadata(version="3"), bundle=mirror.keep(b"bundle 3", ".xo"))
    stock.story.storages = ("mirror",)
    stock.story.published(values.announcement("3", "v3"), made)
    stock.projector.make_ready()
    stock.replicate()
    assert not stock.folder.exists()


def test_an_operator_who_verifies_an_emptied_storage_has_everything_copied_again(stock: Stock):
    blobs = stock.publish("1", "2")
    shutil.rmtree(stock.folder)
    stock.turn()
    Verifier(stock.backends["main"], stock.backends, stock.story.log, stock.views.snapshot, stock.projector.make_ready).verify(
        "ada"
    )
    stock.projector.make_ready()
    assert (stock.paused(), stock.received(blobs)) == ([], [])
    stock.replicate()
    assert stock.received(blobs) == blobs


def test_a_storage_that_cannot_be_listed_loses_nothing_and_is_asked_again_sooner(stock: Stock, logs: list[EventDict]):
    blobs = stock.publish("1", "2")
    shelf = stock.backends["mirror"].storage
    assert isinstance(shelf, Shelf)
    shelf.down = True
    mirror = Inventory(
        "mirror",
        lambda: stock.backends,
        stock.story.log,
        stock.views.snapshot,
        stock.clock,
        lambda: stock.every_us,
        jitter=lambda: 0.0,
    )
    assert stock.turn(mirror) == []
    assert [entry["storage"] for entry in logs if entry["event"] == "storage.not_listed"] == ["mirror"]
    shelf.down = False
    mirror.turn()
    assert not list(stock.story.log.read("copies/mirror"))
    stock.waited_us += HOUR_US // 10
    mirror.turn()
    (compared,) = stock.story.log.read("copies/mirror")
    assert compared.event == e.CopiesCompared(there=len(blobs), missing=0, emptied=False)


def test_a_retired_storage_is_not_asked(stock: Stock):
    blobs = stock.publish("1")
    stock.story.happened("storage/main", e.StorageRetired(by="ada", reason="old"))
    stock.projector.make_ready()
    (stock.folder / blobs[0].name).unlink()
    assert stock.turn() == []


def test_one_that_is_told_to_end_records_nothing(stock: Stock):
    blobs = stock.publish("1", "2")
    (stock.folder / blobs[0].name).unlink()
    stock.inventory.stop()
    assert stock.turn() == []


def test_how_much_sooner_it_comes_is_drawn_once_for_each_time(stock: Stock):
    stock.publish("1")
    draws = iter((0.5, 1.0, 1.0))
    drawn = 0

    def draw() -> float:
        nonlocal drawn
        drawn += 1
        return next(draws)

    inventory = Inventory(
        "main", lambda: stock.backends, stock.story.log, stock.views.snapshot, stock.clock, lambda: stock.every_us, jitter=draw
    )
    stock.turn(inventory)
    assert drawn == 2
    for _ in range(10):
        inventory.turn()
    assert drawn == 2


def test_a_verification_deletes_nothing_more_once_it_may_not(stock: Stock, tmp_path: Path):
    stock.publish("1")
    shelf = stock.backends["main"].storage
    for number in range(3):
        extra = tmp_path / str(number)
        extra.write_text(f"nobody needs {number}")
        shelf.put(Blob.of(extra, ".xo"), extra)
    asked = iter((True, False, False))
    verifier = Verifier(
        stock.backends["main"], stock.backends, stock.story.log, stock.views.snapshot, stock.projector.make_ready
    )
    verified = verifier.verify("ada", may_delete=lambda: next(asked))
    assert (len(verified.extra), verified.deleted) == (3, 1)
    assert len(set(shelf.names()) & set(verified.extra)) == 2
