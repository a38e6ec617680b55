"""The page of events shows each type's current version, and those that are retired below it."""

import re

from aslo_core.events import Event, EventTypes, Retired
from aslo_core.events.event import recorded
from aslo_core.types import Value
from docs.event_types import event_type


class Address(Value):
    """Where it goes."""

    town: str


@recorded("parcel.sent", version=2)
class ParcelSent(Event):
    """A parcel is on its way.

    Attributes:
        to: where it goes.
    """

    to: Address


@recorded("parcel.sent", version=1)
class ParcelSentV1(Retired):
    """A parcel was on its way.

    Attributes:
        town: where it went.
    """

    town: str

    def upcast(self) -> ParcelSent:
        return ParcelSent(to=Address(town=self.town))


def test_retired_versions_stand_below_the_current_one() -> None:
    parts: list[type[Value]] = []
    (chain,) = EventTypes([ParcelSentV1, ParcelSent]).by_name.values()

    page = event_type(chain, parts)

    assert re.findall(r"^#+ .*$", page, re.MULTILINE) == [
        "### `parcel.sent`, version 2",
        "#### `parcel.sent`, version 1, retired",
    ]
    assert "| `to` | [Address](#address) | Where it goes. |" in page
    assert "| `town` | text | Where it went. |" in page
    assert parts == [Address]
