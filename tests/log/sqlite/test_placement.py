"""Where an append goes: pure."""

from hashlib import sha256

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log.draft import Entry, draft_append
from aslo_core.log.leaf import Envelope, encode_envelope, leaf_hash
from aslo_core.log.sqlite.placement import Tip, place

EVENT = DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=0)
DRAFT = draft_append(
    [Entry("release/a", EVENT), Entry("release/b", EVENT), Entry("release/a", EVENT)], Cause(source="s", actor="a"), {}, "k"
)
STARTS = {"release/a": 7, "release/b": 0}


def test_events_follow_the_tip_and_their_streams() -> None:
    placement = place(DRAFT, Tip(41, 1000), STARTS, now_us=2000)
    assert [(item.position, item.event.stream, item.version) for item in placement.events] == [
        (42, "release/a", 8),
        (43, "release/b", 1),
        (44, "release/a", 9),
    ]
    assert placement.tip == Tip(44, 2000)


def test_a_leaf_is_that_of_the_whole_envelope() -> None:
    placement = place(DRAFT, Tip(41, 1000), STARTS, now_us=2000)
    for item in placement.events:
        envelope = Envelope(
            id=item.event.id,
            stream=item.event.stream,
            version=item.version,
            type="delivery.ignored",
            schema=1,
            recorded_us=2000,
            source="s",
            key="k",
            actor="a",
            correlation=DRAFT.events[0].id,
            causation="",
            metadata_digest=sha256(b"{}").digest(),
            body_digest=sha256(item.event.salt + item.event.body).digest(),
        )
        assert item.leaf == leaf_hash(encode_envelope(envelope))


def test_a_clock_that_was_set_back_does_not_set_the_log_back() -> None:
    assert place(DRAFT, Tip(41, 5000), STARTS, now_us=2000).recorded_us == 5000


def test_a_position_is_no_part_of_the_leaf() -> None:
    here, there = (place(DRAFT, Tip(position, 0), STARTS, now_us=1) for position in (-1, 41))
    assert [item.leaf for item in here.events] == [item.leaf for item in there.events]
