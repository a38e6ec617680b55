"""Types of event of another trade, one of them in its third version; ASLO's own know nothing of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aslo_core.events import Event, EventTypes, Retired
from aslo_core.events.event import recorded
from aslo_core.testing.golden_events import write_missing
from aslo_core.types import Value


class Address(Value):
    town: str
    street: str = ""


@recorded("parcel.sent", version=1)
class ParcelSentV1(Retired):
    to: str

    def upcast(self) -> ParcelSentV2:
        return ParcelSentV2(to=(self.to,), grams=None)


@recorded("parcel.sent", version=2)
class ParcelSentV2(Retired):
    to: tuple[str, ...]
    grams: int | None

    def upcast(self) -> ParcelSent:
        return ParcelSent(way=tuple(Address(town=town) for town in self.to), grams=self.grams or 0)


@recorded("parcel.sent", version=3)
class ParcelSent(Event):
    way: tuple[Address, ...]
    grams: int
    fragile: bool = False


@recorded("parcel.lost")
class ParcelLost(Event):
    by: str
    at: str
    grams: int = 0


@recorded("parcel.sent", version=1)
class FirstParcelSent(Event):
    to: str


@recorded("parcel.sent", version=2)
class SecondParcelSent(Event):
    to: tuple[str, ...]
    grams: int | None


@recorded("parcel.sent", version=1)
class FirstRetired(Retired):
    to: str

    def upcast(self) -> SecondParcelSent:
        return SecondParcelSent(to=(self.to,), grams=None)


@pytest.fixture(scope="session")
def parcels() -> EventTypes:
    """`parcel.lost`, and `parcel.sent` in its third version."""
    return EventTypes([ParcelLost, ParcelSent, ParcelSentV1, ParcelSentV2])


@pytest.fixture
def folder(parcels: EventTypes, tmp_path: Path) -> Path:
    """Golden files of the parcels, written as three releases of their program wrote them."""
    for types in (EventTypes([FirstParcelSent]), EventTypes([FirstRetired, SecondParcelSent]), parcels):
        write_missing(types, tmp_path)
    return tmp_path
