"""What somebody else's words become in an event."""

from __future__ import annotations

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from aslo_core import events as e
from aslo_core.release.recordable import LONGEST, recordable

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=50)


@given(ANY_TEXT)
@example("caf\udce9.py")
def test_any_text_can_be_recorded(text: str):
    event = e.DeliveryRefused(reason=recordable(text), body_digest="", body_size=0)
    assert e.decode("delivery.refused", 1, e.encode(event)) == event


@given(ANY_TEXT.filter(lambda text: text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)))
def test_what_can_be_recorded_stays_as_it_is(text: str):
    assert recordable(text) == text


def test_what_cannot_is_spelt_out():
    assert recordable("caf\udce9.py") == r"caf\udce9.py"


def test_an_endless_text_is_cut():
    assert recordable("x" * LONGEST) == "x" * LONGEST
    assert recordable("x" * 100_000) == "x" * (LONGEST - 1) + "…"


def test_the_log_would_refuse_it_otherwise():
    try:
        e.encode(e.DeliveryRefused(reason="caf\udce9.py", body_digest="", body_size=0))
    except (UnicodeError, msgspec.MsgspecError):
        return
    raise AssertionError("then this module has no use")
