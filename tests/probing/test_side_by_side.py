"""Probes run side by side, each for its time; what they tell has no secret in it and acts upon no terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from aslo_core.errors import ConfigError, ConfigProblem, Permanent, Transient
from aslo_core.probing.side_by_side import Probe, run_side_by_side
from aslo_core.types import Probed

GOOD = Probed.good("look", "it is there")


def raising(reason: BaseException) -> Probe:
    def run() -> Iterator[Probed]:
        yield GOOD
        raise reason

    return Probe("storage.main", run)


def test_all_run_at_once_and_are_told_in_their_order() -> None:
    meeting = threading.Barrier(3, timeout=20)

    def meet() -> Iterator[Probed]:
        meeting.wait()
        yield GOOD

    probing = run_side_by_side([Probe(f"storage.{n}", meet) for n in range(3)])
    assert [(row.table, row.what, row.verdict, row.cure) for row in probing.rows] == [
        (f"storage.{n}", "look", "good", "") for n in range(3)
    ]
    assert not probing.given_up


def test_one_that_hangs_is_given_up_and_what_it_leaves_is_told() -> None:
    for_good = threading.Event()

    def hang() -> Iterator[Probed]:
        yield GOOD
        for_good.wait()
        yield Probed.good("late", "nobody hears this")

    probing = run_side_by_side(
        [Probe("storage.main", hang, seconds=0.2, leaves=lambda: "remove x"), Probe("b.c", lambda: [GOOD])]
    )
    for_good.set()
    assert [(row.table, row.what, row.verdict) for row in probing.rows] == [
        ("storage.main", "look", "good"),
        ("storage.main", "answer", "bad"),
        ("b.c", "look", "good"),
    ]
    assert probing.rows[1].found == "no answer within 0.2 seconds"
    assert probing.rows[1].cure.endswith("; remove x")
    assert probing.given_up


@pytest.mark.parametrize(
    ("reason", "found", "cure"),
    [
        (Permanent("a.b", "It refuses.", "Ask it."), "It refuses.", "Ask it."),
        (Transient("it is away"), "it is away", "wait"),
        (ConfigError([ConfigProblem("", 0, "bucket", "no such bucket", "make it")]), "bucket: no such bucket", "make it"),
        (KeyError("x"), "it failed with KeyError", "tell the plugin's author"),
        (SystemExit(3), "it failed with SystemExit", "tell the plugin's author"),
    ],
)
def test_whatever_is_raised_is_bad_behind_what_was_found_before(reason: BaseException, found: str, cure: str) -> None:
    good, bad = run_side_by_side([raising(reason)]).rows
    assert (good.verdict, bad.verdict, bad.found) == ("good", "bad", found)
    assert cure in bad.cure


def test_a_probe_that_tells_nothing_is_not_good() -> None:
    (row,) = run_side_by_side([Probe("source.x", list)]).rows
    assert row.verdict == "unknown"


def test_no_secret_and_no_control_character_is_told() -> None:
    told = Probed.bad("log in", "refused for hunter2", "use\x1b[31m another\npassword than hunter2")
    clean = Probed.bad("log in", "\x1b[2Jrefused\nby it", "ask")
    probe = Probe("storage.main", lambda: [told, clean], secrets={"hunter2"})
    hidden, plain = run_side_by_side([probe]).rows
    assert "hunter2" not in repr(hidden)
    assert plain.found == "[2Jrefused by it"


def test_what_is_bad_has_a_cure() -> None:
    with pytest.raises(ValueError, match="needs a cure"):
        Probed(what="x", verdict="bad", found="y")
