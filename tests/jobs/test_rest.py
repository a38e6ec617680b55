"""A worker whose own disk is nearly full: what it says, and what it shows to others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from structlog.typing import EventDict

from aslo_core.jobs.holding import WORKERS
from aslo_core.jobs.rest import FULL, OwnDisk, Rest, nobody_has_room, without_room
from aslo_core.log.leases import Leases
from aslo_core.testing.small_disk import SmallDisk

MIB = 1 << 20


@pytest.fixture
def leases(log_path: Path) -> Iterator[Leases]:
    with closing(Leases(log_path)) as opened:
        yield opened


def said(logs: list[EventDict]) -> list[str]:
    return [entry["event"] for entry in logs if entry["event"].startswith("worker.")]


def test_it_says_once_in_words_that_it_takes_nothing_and_once_that_it_does_again(
    disk: SmallDisk, logs: list[EventDict]
) -> None:
    own = OwnDisk(disk.folder, 4 * MIB)
    assert not own.is_full()
    with disk.full(2 * MIB):
        assert own.is_full()
        assert own.is_full()
        (paused,) = (entry for entry in logs if entry["event"] == "worker.paused")
        assert "nearly full: 2 MiB are free; make room until 5 MiB are" in paused["why"][0]
    with disk.full(4 * MIB + MIB // 2):
        assert own.is_full(), "a quarter more has to be free"
    assert not own.is_full()
    assert said(logs) == ["worker.paused", "worker.resumed"]


def test_others_see_it_as_long_as_it_lasts(leases: Leases) -> None:
    full = False
    rest = Rest(lambda: full, leases, "two/4/cd", 600)
    for name in ("two/4/cd", "six/9/ef"):
        leases.take(f"{WORKERS}{name}", name, 600)
    rest.turn()
    assert (rest.resting, without_room(leases.held())) == (False, frozenset())
    full = True
    rest.turn()
    assert (rest.resting, without_room(leases.held())) == (True, {"two/4/cd"})
    assert not nobody_has_room(leases.held())
    leases.take(f"{FULL}six/9/ef", "six/9/ef", 600)
    assert nobody_has_room(leases.held())
    full = False
    rest.turn()
    assert (rest.resting, without_room(leases.held())) == (False, {"six/9/ef"})


def test_a_worker_that_ends_shows_it_no_more(leases: Leases) -> None:
    rest = Rest(lambda: True, leases, "two/4/cd", 600)
    rest.turn()
    assert list(leases.held()) == [f"{FULL}two/4/cd"]
    rest.end()
    assert not leases.held()


def test_a_worker_that_is_gone_is_none_without_room() -> None:
    held = {f"{FULL}two/4/cd": "two/4/cd"}
    assert not without_room(held)
    assert not nobody_has_room(held)
