"""A type of event has one current version and a whole chain from the first; what cannot be read is an error that says where."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

from aslo_core import events
from aslo_core.errors import Permanent
from aslo_core.events import EVENT_TYPES, Event, EventTypes, Retired, UnreadableEvent, Versioned, event_types
from aslo_core.events.event import recorded
from aslo_core.log import Entry, EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.log.verify import verify


@recorded("a", version=3)
class Third(Event):
    pass


@recorded("a", version=2)
class Second(Retired):
    def upcast(self) -> Third:
        return Third()


@recorded("a", version=1)
class First(Retired):
    def upcast(self) -> Second:
        return Second()


@recorded("a", version=2)
class SecondCurrent(Event):
    pass


@recorded("a", version=3)
class OtherThird(Event):
    pass


@recorded("a", version=1)
class FirstToThird(Retired):
    def upcast(self) -> Third:
        return Third()


@recorded("a", version=1)
class FirstWithoutUpcaster(Retired):
    pass


@recorded("a", version=1)
class FirstToSecondCurrent(Retired):
    def upcast(self) -> SecondCurrent:
        return SecondCurrent()


@recorded("a", version=0)
class Zeroth(Retired):
    def upcast(self) -> First:
        return First()


class Nameless(Event):
    pass


class TestWhatIsKnown:
    def test_versions_come_in_order(self) -> None:
        assert EventTypes([Third, First, Second]).by_name == {"a": (First, Second, Third)}

    @pytest.mark.parametrize(
        ("versions", "words"),
        [
            pytest.param([First, Third], r"a has First \(version 1\) and Third \(version 3\).*look at \[2\]", id="a gap"),
            pytest.param([Second, Third], r"Second \(version 2\) and Third \(version 3\).*look at \[1\]", id="no first"),
            pytest.param([Zeroth, First, Second, Third], r"Zeroth \(version 0\).*look at \[0\]", id="counted from 0"),
            pytest.param(
                [FirstToSecondCurrent, SecondCurrent, Third],
                r"retire SecondCurrent \(version 2\), keep Third \(version 3\)",
                id="two current",
            ),
            pytest.param(
                [First, Second, OtherThird], r"Second \(version 2\) is upcast to .*Third'>, the next", id="to another"
            ),
            pytest.param(
                [FirstToThird, Second, Third], r"FirstToThird \(version 1\) is upcast to .*Third'>, the", id="skips one"
            ),
            pytest.param(
                [FirstWithoutUpcaster, Second, Third], r"FirstWithoutUpcaster .*the next one is Second", id="no upcaster"
            ),
            pytest.param([Third, Second, First, SecondCurrent], "two versions 2: Second and SecondCurrent", id="defined twice"),
            pytest.param(
                [First, Second], r"no current version: make the newest, Second \(version 2\), an Event", id="none current"
            ),
            pytest.param([Nameless], "Nameless has no name", id="no name"),
        ],
    )
    def test_anything_else_than_a_whole_chain_is_refused(self, versions: list[type[Versioned]], words: str) -> None:
        with pytest.raises(TypeError, match=words):
            EventTypes(versions)

    def test_every_version_that_is_written_down_in_the_package_is_known(self) -> None:
        modules = [import_module(f"{events.__name__}.{module.name}") for module in pkgutil.iter_modules(events.__path__)]
        defined = {found for module in modules for found in vars(module).values() if isinstance(found, type)}
        written = {cls for cls in defined if issubclass(cls, Versioned)} - {Versioned, Event, Retired}
        assert written == {cls for chain in EVENT_TYPES.by_name.values() for cls in chain}


class TestReading:
    @pytest.mark.parametrize(
        ("version", "body", "fields"),
        [
            (1, b'{"to":"Lima"}', {"way": ["Lima"], "grams": 0, "fragile": False}),
            (2, b'{"grams":7,"to":["Lima","Quito"]}', {"way": ["Lima", "Quito"], "grams": 7, "fragile": False}),
            (
                3,
                b'{"fragile":true,"grams":7,"way":[{"street":"","town":"Lima"}]}',
                {"way": ["Lima"], "grams": 7, "fragile": True},
            ),
        ],
    )
    def test_gives_the_newest_version(self, parcels: EventTypes, version: int, body: bytes, fields: dict[str, object]) -> None:
        event = parcels.decode("parcel.sent", version, body)
        assert type(event) is parcels.by_name["parcel.sent"][-1]
        assert {"way": [stop.town for stop in event.way], "grams": event.grams, "fragile": event.fragile} == fields

    @pytest.mark.parametrize(
        ("name", "version", "known"),
        [("parcel.sent", 4, "up to version 3"), ("parcel.sent", 0, "up to version 3"), ("parcel.opened", 1, "no such type")],
    )
    def test_refuses_what_is_unknown(self, parcels: EventTypes, name: str, version: int, known: str) -> None:
        with pytest.raises(UnreadableEvent, match=f"event '{name}' version {version} at position 17 is unknown: .*{known}"):
            parcels.decode(name, version, b"{}", 17)

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            pytest.param(b'{"to":"Lima","via":"Quito"}', "unknown field `via`", id="a field too many"),
            pytest.param(b"{}", "missing required field `to`", id="a field too few"),
            pytest.param(b'{"to":1}', r"Expected `str`, got `int` - at `\$.to`", id="another type"),
            pytest.param(b'{"to":', "truncated", id="no JSON"),
            pytest.param(b'{"to":"\xff"}', "invalid start byte", id="no UTF-8"),
        ],
    )
    def test_refuses_other_fields_than_those_of_the_version(self, parcels: EventTypes, body: bytes, reason: str) -> None:
        with pytest.raises(UnreadableEvent, match=f"'parcel.sent' version 1 at position 17 has not the fields .*{reason}"):
            parcels.decode("parcel.sent", 1, body, 17)

    def test_refuses_unknown_fields_in_a_value(self, parcels: EventTypes) -> None:
        with pytest.raises(UnreadableEvent, match=r"unknown field `zip` - at `\$.way\[0\]`"):
            parcels.decode("parcel.sent", 3, b'{"grams":1,"way":[{"town":"Lima","zip":"1"}]}')


class TestWriting:
    def test_takes_the_newest_version_only(self, parcels: EventTypes) -> None:
        first, second, third = parcels.by_name["parcel.sent"]
        assert parcels.encode(third(way=(), grams=1)) == b'{"fragile":false,"grams":1,"way":[]}'
        for retired in (first(to="Lima"), second(to=("Lima",), grams=None)):
            with pytest.raises(TypeError, match=r"is never appended: append ParcelSent, its version 3"):
                parcels.encode(retired)


CAUSE = events.Cause(source="test", actor="test")
REFUSED = events.DeliveryRefused(reason="no JSON", body_digest="d" * 64, body_size=7)


@recorded("delivery.refused", version=1)
class OnceRefused(Retired):
    """What `delivery.refused` might have been before a second version."""

    reason: str
    body_digest: str
    body_size: int

    def upcast(self) -> events.DeliveryRefused:
        return events.DeliveryRefused(reason=self.reason.upper(), body_digest=self.body_digest, body_size=self.body_size)


class TestInTheLog:
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[EventLog]:
        upgrade(tmp_path / "log.db")
        with EventLog.open(tmp_path / "log.db") as opened:
            yield opened

    def test_what_is_not_current_is_refused(self, log: EventLog, parcels: EventTypes) -> None:
        retired = parcels.by_name["parcel.sent"][0](to="Lima")
        with pytest.raises(
            Permanent, match=r"parcel\.sent for stream config cannot be recorded: ParcelSentV1 is never appended"
        ):
            log.append([Entry("config", retired)], cause=CAUSE)
        assert log.head() == -1

    def test_an_old_version_is_read_as_the_newest_and_still_proves(
        self, log: EventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log.append([Entry("delivery/github/1", REFUSED)], cause=CAUSE)
        monkeypatch.setitem(EVENT_TYPES._decoders, ("delivery.refused", 1), event_types._decoder(OnceRefused))
        (found,) = log.read_all()
        assert found.event == msgspec.structs.replace(REFUSED, reason="NO JSON")
        assert (found.type, found.schema) == ("delivery.refused", 1)
        assert verify(tmp_path / "log.db").faults == ()

    def test_an_erased_event_still_tells_its_type(self, log: EventLog) -> None:
        (refused,) = log.append([Entry("delivery/github/1", REFUSED)], cause=CAUSE).events
        log.erase(refused.id, "asked for", CAUSE)
        erased, _ = log.read_all()
        assert (erased.event, erased.type, erased.schema) == (None, "delivery.refused", 1)
