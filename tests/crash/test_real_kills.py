"""Whoever is killed or stopped, nothing is lost, doubled or left behind: `make crash MODE=real`, in small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from aslo_core.rootfs import RootTree
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.services import missing
from tests.crash.feeding import Feed, flood, steady
from tests.crash.strikes import VICTIMS, WITH_DOCKER, How, Strike, schedule
from tests.crash.under_fire import Endured, endure

KILLS, FLUSHES, SEED = 10, 5, 0


def endured(tmp_path: Path, strikes: Sequence[Strike], feed: Feed, tree: RootTree | None = None) -> Endured:
    try:
        return endure(tmp_path / "case", strikes, SEED, feed=feed, lease_s=3, tree=tree)
    except NotInstalled as error:
        missing(str(error))


@pytest.mark.timeout(900)
def test_nothing_is_lost_doubled_or_left_behind(tmp_path: Path, root_tree: RootTree):
    result = endured(tmp_path, schedule(KILLS, SEED, FLUSHES, WITH_DOCKER), steady(8), root_tree)
    assert result.broken == []
    assert (result.kills.total(), result.flushes) == (KILLS, FLUSHES)
    assert result.kills.keys() == set(WITH_DOCKER)
    assert any(strike.how is How.HANG for strike in result.strikes)


@pytest.mark.timeout(900)
def test_a_delivery_that_is_sent_many_times_at_once_leads_to_one_run(tmp_path: Path):
    result = endured(tmp_path, [], flood(20, 20))
    assert result.broken == []
    assert result.accepted == 20 * 20


class TestSchedule:
    def test_the_same_seed_gives_the_same(self):
        assert schedule(300, 7, 100) == schedule(300, 7, 100) != schedule(300, 8, 100)

    def test_everybody_is_killed_as_often_as_the_others(self):
        kills = Counter(strike.victim for strike in schedule(70, SEED) if strike.how is How.KILL)
        assert kills == dict.fromkeys(VICTIMS, 10)

    def test_redis_is_emptied_as_often_as_is_asked_for(self):
        assert sum(strike.flushes for strike in schedule(50, SEED, 100)) == 100

    def test_so_many_fall_into_a_recovery(self):
        strikes = schedule(300, SEED)
        assert not strikes[0].in_recovery
        assert 0.29 < sum(strike.in_recovery for strike in strikes) / len(strikes) < 0.31

    def test_nothing_is_stopped_but_who_holds_a_lease(self):
        stopped = {strike.victim for strike in schedule(300, SEED) if strike.how is How.STOP}
        assert stopped == {"worker-1", "worker-2", "conductor-1", "conductor-2"}

    def test_servers_hang(self):
        hanging = {strike.victim for strike in schedule(300, SEED, among=WITH_DOCKER) if strike.how is How.HANG}
        assert hanging == {"redis", "postgresql", "dockerd"}
        assert {strike.victim for strike in schedule(300, SEED) if strike.how is How.HANG} == {"redis", "postgresql"}
