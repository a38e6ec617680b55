"""Word of new events within a process."""

import threading

from aslo_core.log.growth import Growth


def test_whoever_waits_is_woken_by_the_next_commit() -> None:
    growth, woken = Growth(), []
    waiting = threading.Thread(target=lambda: woken.append(growth.wait(growth.commits, seconds=3600)))
    waiting.start()
    while waiting.is_alive():
        growth.announce()
        waiting.join(0.001)
    assert woken == [True]


def test_a_commit_since_the_last_look_needs_no_waiting() -> None:
    growth = Growth()
    seen = growth.commits
    growth.announce()
    assert growth.wait(seen, seconds=3600)


def test_without_a_commit_the_wait_ends_after_its_time() -> None:
    growth = Growth()
    assert not growth.wait(growth.commits, seconds=0)
