"""Golden files hold every version of every event ever written to what it was; each way to break that is told."""

from pathlib import Path

import msgspec
import pytest

from aslo_core.events import EVENT_TYPES, Event, EventTypes, Retired, Versioned
from aslo_core.events.event import recorded
from aslo_core.testing.golden_events import faults, write_missing
from aslo_core.types import Value

GOLDEN = Path(__file__).with_name("golden")


def test_what_was_ever_written_is_read_and_written_as_it_was() -> None:
    told = "\n\n".join(faults(EVENT_TYPES, GOLDEN))

    assert not told, told


def changed(types: EventTypes, cls: type[Versioned], name: str = "parcel.lost", version: int = 1) -> EventTypes:
    """The same types with another class for one version."""
    others = [
        one for chain in types.by_name.values() for one in chain if (one.event_name, one.event_version) != (name, version)
    ]
    return EventTypes([*others, recorded(name, version)(cls)])


def only(types: EventTypes, folder: Path) -> str:
    """The one fault that is told."""
    told = list(faults(types, folder))
    assert len(told) == 1, told
    return told[0]


def test_parcels_are_as_they_were(parcels: EventTypes, folder: Path) -> None:
    assert list(faults(parcels, folder)) == []


def test_what_older_versions_become_is_written_with_the_new_one(folder: Path) -> None:
    golden = msgspec.json.decode((folder / "parcel.sent.v3.json").read_bytes())

    assert golden["upcast"]["1"][0] == {"way": [{"town": "", "street": ""}], "grams": 0, "fragile": False}
    assert [len(golden["upcast"][older]) for older in ("1", "2")] == [2, 2]


class TestWriting:
    def test_is_for_what_has_no_file_yet(self, parcels: EventTypes, folder: Path) -> None:
        kept = {path: path.read_bytes() for path in folder.iterdir() if path.name != "parcel.lost.v1.json"}
        (folder / "parcel.lost.v1.json").unlink()
        (folder / "parcel.sent.v3.json").write_bytes(kept[folder / "parcel.sent.v3.json"] + b"\n")

        assert write_missing(parcels, folder) == [folder / "parcel.lost.v1.json"]
        assert write_missing(parcels, folder) == []
        assert (folder / "parcel.sent.v3.json").read_bytes() == kept[folder / "parcel.sent.v3.json"] + b"\n"

    def test_is_never_for_what_is_retired(self, parcels: EventTypes, folder: Path) -> None:
        (folder / "parcel.sent.v1.json").unlink()

        assert write_missing(parcels, folder) == []


class TestFaults:
    def test_a_version_without_a_file(self, parcels: EventTypes, folder: Path) -> None:
        (folder / "parcel.lost.v1.json").unlink()

        assert "parcel.lost.v1.json is missing" in (told := only(parcels, folder))
        assert "make golden" in told

    def test_a_file_without_its_version(self, parcels: EventTypes, folder: Path) -> None:
        without = EventTypes(parcels.by_name["parcel.sent"])

        assert "parcel.lost.v1.json: no class has that name" in only(without, folder)

    def test_a_file_under_another_name(self, parcels: EventTypes, folder: Path) -> None:
        (folder / "parcel.lost.v1.json").rename(folder / "parcel.found.v1.json")

        with pytest.raises(ValueError, match=r"call it parcel\.lost\.v1\.json"):
            list(faults(parcels, folder))

    def test_an_optional_field_more(self, parcels: EventTypes, folder: Path) -> None:
        class Lost(Event):
            by: str
            at: str
            grams: int = 0
            found: bool = False

        first, *_ = faults(changed(parcels, Lost), folder)
        assert "the fields of Lost, or of a value in it, have changed" in first
        assert "make a new version of the event" in first
        assert '+  "found": {' in first

    def test_another_default(self, parcels: EventTypes, folder: Path) -> None:
        class Lost(Event):
            by: str
            at: str
            grams: int = 1

        assert '-   "default": 0,\n+   "default": 1,' in only(changed(parcels, Lost), folder)

    def test_another_type(self, parcels: EventTypes, folder: Path) -> None:
        class Lost(Event):
            by: str
            at: str
            grams: float = 0

        assert any('-   "type": "integer"\n+   "type": "number"' in told for told in faults(changed(parcels, Lost), folder))

    def test_a_value_with_a_field_more(self, parcels: EventTypes, folder: Path) -> None:
        class Address(Value):
            town: str
            street: str = ""
            door: str = ""

        class Sent(Event):
            way: tuple[Address, ...]
            grams: int
            fragile: bool = False

        class V2(Retired):
            to: tuple[str, ...]
            grams: int | None

            def upcast(self) -> Sent:
                return Sent(way=tuple(Address(town=town) for town in self.to), grams=self.grams or 0)

        class V1(Retired):
            to: str

            def upcast(self) -> V2:
                return V2(to=(self.to,), grams=None)

        versions = [recorded("parcel.sent", number)(cls) for number, cls in enumerate((V1, V2, Sent), 1)]
        told = list(faults(EventTypes([*versions, *parcels.by_name["parcel.lost"]]), folder))
        assert any("the fields of Sent, or of a value in it, have changed" in one and '+     "door": {' in one for one in told)
        assert any("older versions are upcast to something else" in one for one in told)

    def test_fields_that_are_read_from_each_other_s_place(self, parcels: EventTypes, folder: Path) -> None:
        class Lost(Event, rename={"by": "at", "at": "by"}):
            by: str
            at: str
            grams: int = 0

        assert "example 2 is read as something else" in only(changed(parcels, Lost), folder)

    def test_a_check_that_refuses_what_was_written(self, parcels: EventTypes, folder: Path) -> None:
        class Lost(Event):
            by: str
            at: str
            grams: int = 0

            def __post_init__(self) -> None:
                if not self.at:
                    raise ValueError("it was lost nowhere")

        assert "example 1 cannot be read any more: it was lost nowhere" in only(changed(parcels, Lost), folder)

    def test_other_bytes(self, parcels: EventTypes, folder: Path) -> None:
        class Unsorted(EventTypes):
            def encode(self, event: Event) -> bytes:
                return msgspec.json.encode(event)

        told = list(faults(Unsorted(cls for chain in parcels.by_name.values() for cls in chain), folder))
        assert all("is written in other bytes" in one for one in told)
        assert {one.partition(":")[0] for one in told} == {"parcel.lost.v1.json", "parcel.sent.v3.json"}

    def test_an_upcaster_that_gives_something_else(self, parcels: EventTypes, folder: Path) -> None:
        *_, sent = parcels.by_name["parcel.sent"]

        class V2(Retired):
            to: tuple[str, ...]
            grams: int | None

            def upcast(self) -> sent:
                return sent(way=(), grams=self.grams or 0)

        class V1(Retired):
            to: str

            def upcast(self) -> V2:
                return V2(to=(self.to,), grams=None)

        versions = [recorded("parcel.sent", 1)(V1), recorded("parcel.sent", 2)(V2), sent, *parcels.by_name["parcel.lost"]]
        assert "parcel.sent.v3.json: older versions are upcast to something else" in only(EventTypes(versions), folder)
