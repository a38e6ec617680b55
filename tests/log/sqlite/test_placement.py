"""Where an append goes: pure."""

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log.draft import Entry, draft_append
from aslo_core.log.leaf import encode_envelope, leaf_hash
from aslo_core.log.sqlite.placement import Tip, place

EVENT = DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=0)
DRAFT = draft_append(
    [Entry("release/a", EVENT), Entry("release/b", EVENT), Entry("release/a", EVENT)], Cause(source="s", actor="a"), {}, "k"
)


def test_events_follow_the_tip_and_their_streams() -> None:
    placed = place(DRAFT, Tip(41, 1000), {"release/a": 7, "release/b": 0}, now_us=2000)
    assert [(item.position, item.envelope.stream, item.envelope.version) for item in placed] == [
        (42, "release/a", 8),
        (43, "release/b", 1),
        (44, "release/a", 9),
    ]
    assert {item.envelope.recorded_us for item in placed} == {2000}
    assert all(item.leaf == leaf_hash(encode_envelope(item.envelope)) for item in placed)


def test_a_clock_that_was_set_back_does_not_set_the_log_back() -> None:
    placed = place(DRAFT, Tip(41, 5000), {"release/a": 0, "release/b": 0}, now_us=2000)
    assert {item.envelope.recorded_us for item in placed} == {5000}


def test_a_position_is_no_part_of_the_leaf() -> None:
    versions = {"release/a": 0, "release/b": 0}
    here, there = (place(DRAFT, Tip(position, 0), versions, now_us=1) for position in (-1, 41))
    assert [item.leaf for item in here] == [item.leaf for item in there]
