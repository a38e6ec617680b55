"""Turns go round between owners: nobody waits for another's many."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.projections.turns import Count, Line, Urgency, line_up, place, turns, urgency

MANY = 1_000_000

URGENCIES = st.sampled_from(Urgency)
OWNERS = st.sampled_from("abcde")
COUNTS = st.dictionaries(st.tuples(URGENCIES, OWNERS), st.tuples(st.integers(0, 12), st.integers(-1, 3))).map(
    lambda found: [Count(urgency, owner, waiting, served) for (urgency, owner), (waiting, served) in found.items()]
)
AT_WORK = st.dictionaries(OWNERS, st.integers(0, 4))


def order(counts: list[Count], at_work: dict[str, int], cap: int = MANY) -> list[tuple[int, str]]:
    return [(line.urgency, line.owner) for line in turns(line_up(counts, at_work), cap)]


def test_one_owner_with_500_releases_does_not_delay_anothers_one() -> None:
    counts = [Count(Urgency.NORMAL, "many", 500, 3), Count(Urgency.NORMAL, "one", 1, 7)]
    assert [owner for _, owner in order(counts, {})][:3] == ["many", "one", "many"]
    assert [owner for _, owner in order(counts, {"many": 1})][:3] == ["one", "many", "many"]


@given(COUNTS, AT_WORK)
def test_everything_that_is_due_gets_one_turn(counts: list[Count], at_work: dict[str, int]) -> None:
    due = Counter({(one.urgency, one.owner): one.waiting for one in counts})
    assert Counter(order(counts, at_work)) == +due


@given(COUNTS, AT_WORK, st.randoms())
def test_the_order_depends_on_what_waits_alone(counts: list[Count], at_work: dict[str, int], chance: object) -> None:
    shuffled = list(counts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert order(shuffled, at_work) == order(counts, at_work)


@given(COUNTS, AT_WORK)
def test_all_of_a_more_urgent_kind_come_first(counts: list[Count], at_work: dict[str, int]) -> None:
    kinds = [kind for kind, _ in order(counts, at_work)]
    assert kinds == sorted(kinds)


@given(COUNTS, AT_WORK)
def test_nobody_has_two_turns_more_than_one_who_waits(counts: list[Count], at_work: dict[str, int]) -> None:
    """Within an urgency, whoever is next has at work, or has had, at most as many as anybody else who still waits there."""
    lines = line_up(counts, at_work)
    had = {(line.urgency, line.owner): line.turn for line in lines}
    left = {(line.urgency, line.owner): line.waiting for line in lines}
    for kind, owner in order(counts, at_work):
        others = [had[key] for key in left if key[0] == kind and left[key]]
        assert had[kind, owner] == min(others)
        had[kind, owner] += 1
        left[kind, owner] -= 1


@given(COUNTS, AT_WORK, st.integers(1, 5))
def test_the_cap_holds_for_all_that_is_begun(counts: list[Count], at_work: dict[str, int], cap: int) -> None:
    chosen = order(counts, at_work, cap)
    under_way = Counter({one.owner: one.waiting for one in counts if one.urgency == Urgency.UNDER_WAY})
    for owner in "abcde":
        begun = sum(1 for kind, who in chosen if who == owner and kind != Urgency.UNDER_WAY)
        waiting = sum(one.waiting for one in counts if one.owner == owner and one.urgency != Urgency.UNDER_WAY)
        room = max(cap - at_work.get(owner, 0) - under_way[owner], 0)
        assert begun == min(room, waiting)
    assert Counter(chosen) - Counter(order(counts, at_work)) == Counter()


@given(COUNTS, AT_WORK)
def test_a_place_is_that_in_the_order(counts: list[Count], at_work: dict[str, int]) -> None:
    lines = line_up(counts, at_work)
    seen: Counter[tuple[int, str]] = Counter()
    by_key: dict[tuple[int, str], Line] = {(line.urgency, line.owner): line for line in lines}
    for number, key in enumerate(order(counts, at_work), start=1):
        assert place(lines, by_key[key], seen[key]) == number
        seen[key] += 1


@given(COUNTS, AT_WORK)
def test_what_comes_later_from_one_owner_delays_no_other_by_more_than_its_turns(
    counts: list[Count], at_work: dict[str, int]
) -> None:
    """However many releases `e` adds, each other release comes at most as much later as it has turns before it."""
    lines = line_up(counts, at_work)
    more = [one for one in counts if (one.urgency, one.owner) != (Urgency.NORMAL, "e")]
    crowded = line_up([*more, Count(Urgency.NORMAL, "e", 500, -1)], at_work)
    for line in lines:
        if line.owner == "e" or line.urgency > Urgency.NORMAL:
            continue  # what is less urgent comes behind them all
        after = next(one for one in crowded if (one.urgency, one.owner) == (line.urgency, line.owner))
        for rank in range(line.waiting):
            delay = place(crowded, after, rank) - place(lines, line, rank)
            assert delay <= (0 if line.urgency < Urgency.NORMAL else line.turn + rank + 1)


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("published", Urgency.NORMAL),
        ("edited", Urgency.NORMAL),
        ("submitted", Urgency.OPERATOR),
        ("retry", Urgency.OPERATOR),
        ("rebuild", Urgency.REBUILD),
    ],
)
def test_what_is_done_by_hand_is_more_urgent(trigger: str, expected: Urgency) -> None:
    assert urgency(trigger) is expected
