"""What an operator may decide of storages, and that two decisions never miss each other."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from aslo_core import events as e
from aslo_core.log import EventLog
from aslo_core.receipts.in_force import Storages
from aslo_core.release.decide import NotNow
from aslo_core.storing.decisions import StorageDesk, restore, retire, storages_in_force, switch

TABLES = (("main", True), ("big", False))
CAUSE = e.Cause(source="operator", actor="operator")
IN_FORCE = Storages(primary="main", required=("main",), active=("main", "big"), retired=("old",))


def test_a_switch_names_who_why_and_what_was_before():
    assert switch(IN_FORCE, "big", 0, "ada", "full") == e.StorageSwitched(before="main", by="ada", reason="full")


@pytest.mark.parametrize(
    ("name", "missing", "words"),
    [("main", 0, "primary one already"), ("old", 0, "is retired"), ("big", 1_234, "lacks 1,234 of the objects")],
)
def test_a_switch_that_would_lose_something_is_refused(name: str, missing: int, words: str):
    with pytest.raises(NotNow, match=words):
        switch(IN_FORCE, name, missing, "ada", "full")


@pytest.mark.parametrize(
    ("name", "alone", "words"),
    [("main", 0, "is the primary one"), ("old", 0, "retired already"), ("big", 7, "alone has 7 of the objects")],
)
def test_a_retirement_that_would_lose_something_is_refused(name: str, alone: int, words: str):
    with pytest.raises(NotNow, match=words):
        retire(IN_FORCE, name, alone, "ada", "moved")


def test_only_a_retired_one_comes_back():
    assert restore(IN_FORCE, "old", "ada", "back") == e.StorageRestored(by="ada", reason="back")
    with pytest.raises(NotNow, match="in service"):
        restore(IN_FORCE, "big", "ada", "back")


class TestDesk:
    def test_the_log_tells_what_is_in_force(self, log: EventLog):
        desk = StorageDesk(log, TABLES)
        assert storages_in_force(log, TABLES).required == ("main",)
        desk.decide("big", lambda storages: switch(storages, "big", 0, "ada", "full"), CAUSE)
        assert storages_in_force(log, TABLES).required == ("main", "big")
        desk.decide("main", lambda storages: retire(storages, "main", 0, "ada", "moved"), CAUSE)
        assert storages_in_force(log, TABLES) == Storages(primary="big", required=("big",), active=("big",), retired=("main",))

    def test_who_is_overtaken_decides_again_by_what_is_true_then(self, log: EventLog):
        """Retiring one while it becomes the primary one elsewhere would leave nothing."""
        desk = StorageDesk(log, TABLES)
        others: Iterable[bool] = iter([True])

        def decision(storages: Storages) -> e.Event:
            if next(others, False):
                StorageDesk(log, TABLES).decide("big", lambda now: switch(now, "big", 0, "bob", "full"), CAUSE)
            return retire(storages, "big", 0, "ada", "too slow")

        with pytest.raises(NotNow, match="is the primary one"):
            desk.decide("big", decision, CAUSE)

    def test_two_switches_at_once_leave_one_primary_and_know_of_each_other(self, log: EventLog):
        tables = (*TABLES, ("cloud", False))
        others: Iterable[bool] = iter([True])

        def decision(storages: Storages) -> e.Event:
            if next(others, False):
                StorageDesk(log, tables).decide("big", lambda now: switch(now, "big", 0, "bob", "full"), CAUSE)
            return switch(storages, "cloud", 0, "ada", "full")

        event = StorageDesk(log, tables).decide("cloud", decision, CAUSE).event
        assert isinstance(event, e.StorageSwitched)
        assert (event.before, storages_in_force(log, tables).primary) == ("big", "cloud")
