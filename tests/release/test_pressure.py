"""When builds pause, why, and until when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aslo_core.release.pressure import Ground, Pause, StorageFailing, why_paused

MIB = 1 << 20
KEEP = 1000 * MIB


def judged(*found: Ground, keep_free: int = KEEP) -> Pause:
    """Judge one after the other; return the last judgement."""
    pause = Pause()
    for ground in found:
        pause = why_paused(ground, keep_free, pause)
    return pause


def free(mebibytes: int) -> Ground:
    return Ground(free=mebibytes * MIB)


def failing(failures: int) -> Ground:
    return Ground(free=KEEP, storages=(StorageFailing(name="main", failures=failures, error="no route to host"),))


def test_nothing_is_held_back_while_all_is_well() -> None:
    assert judged(free(1000)) == Pause()
    assert Pause().held == frozenset()


def test_a_disk_that_is_nearly_full_is_told_with_what_to_do() -> None:
    pause = judged(free(999))
    found = "the disk of the data folder is nearly full: 999 MiB are free"
    assert pause.words == (f"{found}; make room until 1,250 MiB are, or lower keep_free_mib of [data]",)
    assert pause.held == {"queued", "waiting"}
    assert not pause.takes_trials


def test_a_pause_ends_with_a_quarter_more_room_than_it_began() -> None:
    assert judged(free(999), free(1249)).reasons
    assert not judged(free(999), free(1250)).reasons
    assert not judged(free(999), free(1250), free(1001)).reasons


@given(st.lists(st.integers(1000, 1249), min_size=1))
def test_room_that_goes_up_and_down_within_that_quarter_changes_nothing(room: list[int]) -> None:
    assert not judged(*map(free, room)).reasons
    assert judged(free(999), *map(free, room)).reasons


@given(st.integers(0, 1 << 50))
def test_where_no_room_is_kept_a_full_disk_is_no_reason(bytes_free: int) -> None:
    assert judged(Ground(free=bytes_free), keep_free=0) == Pause()


def test_a_log_that_cannot_be_written_holds_back_everything() -> None:
    pause = judged(Ground(free=KEEP, log_error="the database is away"))
    assert pause.words == ("the log cannot be written; `aslo status` says why",)
    assert pause.held == {"queued", "waiting", "working"}
    assert not judged(Ground(free=KEEP, log_error="the database is away"), free(1000)).reasons


def test_one_failure_of_a_storage_may_be_chance() -> None:
    assert not judged(failing(1)).reasons
    assert judged(failing(2)).words == ("storage main fails, and every release needs it: no route to host",)


def test_a_storage_is_away_until_it_fails_nobody() -> None:
    assert judged(failing(2), failing(1)).reasons
    assert not judged(failing(2), free(1000)).reasons
    assert not judged(failing(2), free(1000), failing(1)).reasons


def test_what_failed_is_tried_again_at_a_storage_that_is_away_and_something_new_now_and_then() -> None:
    pause = judged(failing(2))
    assert pause.held == {"queued"}
    assert pause.takes_trials
    both = judged(Ground(free=0, storages=failing(2).storages))
    assert both.held == {"queued", "waiting"}
    assert not both.takes_trials


def test_what_no_worker_has_room_for_is_not_begun() -> None:
    pause = judged(Ground(free=KEEP, no_worker_has_room=True))
    assert pause.words == ("the disk of every worker is nearly full, and none takes anything new; `aslo status` names them",)
    assert pause.held == {"queued", "waiting"}
    assert not pause.takes_trials


def test_where_the_disk_here_is_full_that_of_the_worker_here_is_not_told_as_well() -> None:
    assert [reason.kind for reason in judged(Ground(free=0, no_worker_has_room=True)).reasons] == ["disk"]
