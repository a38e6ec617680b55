"""Whatever an event holds, it reads back as it was; whatever an old one held, upcasting it gives the same each time."""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslo_core.events import EVENT_TYPES, Event, EventTypes, Retired, Versioned
from aslo_core.types import Blob, Value

VERSIONS = [cls for chain in EVENT_TYPES.by_name.values() for cls in chain]
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**64 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Blob: st.builds(
        Blob,
        digest=st.text("0123456789abcdef", min_size=64, max_size=64),
        size=st.integers(0, 2**64 - 1),
        suffix=st.from_regex(r"\.[a-z0-9]{1,8}", fullmatch=True),
    ),
}

# An event is drawn of up to 40 parts, and the machine may be busy: time tells nothing here.
UNHURRIED = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Anything that a field of that type can hold."""
    if hint in LEAVES:
        return LEAVES[hint]
    if get_origin(hint) in (Union, UnionType):
        return st.one_of([values(one) for one in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    if isinstance(hint, type) and issubclass(hint, Value):
        return st.builds(
            hint, **{name: values(of) for name, of in get_type_hints(hint).items() if name in hint.__struct_fields__}
        )
    return st.from_type(hint)


@pytest.mark.parametrize("cls", VERSIONS, ids=lambda cls: f"{cls.event_name}.v{cls.event_version}")
@UNHURRIED
@given(data=st.data())
def test_every_version_reads_back_as_it_was(cls: type[Versioned], data: st.DataObject) -> None:
    check_reading_back(EVENT_TYPES, data.draw(values(cls)))


@UNHURRIED
@given(data=st.data())
def test_so_do_types_with_a_past(parcels: EventTypes, data: st.DataObject) -> None:
    for cls in parcels.by_name["parcel.sent"]:
        check_reading_back(parcels, data.draw(values(cls)))


def check_reading_back(types: EventTypes, event: Versioned) -> None:
    if isinstance(event, Event):
        assert types.decode(event.event_name, event.event_version, types.encode(event)) == event
    else:
        check_upcasting(types, event)


def check_upcasting(types: EventTypes, event: Retired) -> None:
    body = msgspec.json.encode(event, order="sorted")
    assert msgspec.json.decode(body, type=type(event)) == event

    once, again = event.upcast(), event.upcast()

    assert once == again
    assert type(once) is types.by_name[event.event_name][event.event_version]
    assert msgspec.json.encode(event, order="sorted") == body
    newest = types.decode(event.event_name, event.event_version, body)
    assert newest == (once if isinstance(once, Event) else once.upcast())
