"""Many writers at once, of one process and of several, while readers follow: no gap, no miss, no double."""

import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Entry, EventLog, VersionConflict, Where
from aslo_core.log.verify import verify
from tests.log.racing import race

CAUSE = Cause(source="test", actor="test")
Start = Callable[..., subprocess.Popen[bytes]]


def event(reason: str) -> DeliveryIgnored:
    return DeliveryIgnored(trigger="push", reason=reason, body_digest="", body_size=0)


class Follower(threading.Thread):
    """Follows the log from its begin until it has seen so many events."""

    def __init__(self, log: EventLog, events: int) -> None:
        super().__init__()
        self._log, self._events = log, events
        self.seen: list[tuple[int, str]] = []

    def run(self) -> None:
        self.seen += [(e.position, e.id) for e in islice(self._log.tail(-1, threading.Event()), self._events)]


@pytest.fixture
def eager_switching() -> object:
    """Lets threads change as often as they can, so that races happen."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield None
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_switching")
def test_threads_that_race_for_the_same_versions(open_log: Callable[[], EventLog], where: Where) -> None:
    """Eight threads on two connections to the log; each append must see the version that the last one left."""
    logs = [open_log(), open_log()]
    writers, wins = 8, 20
    conflicts = []

    def race(number: int) -> None:
        log, won = logs[number % 2], 0
        while won < wins:
            version = sum(1 for _ in log.read("release/shared"))
            entries = [Entry("release/shared", event(f"{number}/{won}")), Entry(f"release/{number}", event(str(won)))]
            try:
                log.append(entries, cause=CAUSE, expect={"release/shared": version, f"release/{number}": won})
            except VersionConflict as conflict:
                conflicts.append(conflict)
                log.append([Entry("notice/lost", event(str(number)))], cause=CAUSE)
            else:
                won += 1

    followers = [Follower(log, 2 * writers * wins) for log in logs]
    threads = [threading.Thread(target=race, args=(number,)) for number in range(writers)]
    for thread in (*followers, *threads):
        thread.start()
    for thread in (*threads, *followers):
        thread.join()
    everything = [(e.position, e.id) for e in logs[0].read_all()]
    assert conflicts
    assert [position for position, _ in everything] == list(range(2 * writers * wins + len(conflicts)))
    for follower in followers:
        assert follower.seen == everything[: len(follower.seen)]
        assert len(follower.seen) == 2 * writers * wins
    shared = [e.event.reason for e in logs[0].read("release/shared") if isinstance(e.event, DeliveryIgnored)]
    assert sorted(shared) == sorted(f"{number}/{won}" for number in range(writers) for won in range(wins))
    assert verify(where).faults == ()


def test_processes_that_race_while_this_one_follows(log: EventLog, start_appender: Start, tmp_path: Path, where: Where) -> None:
    processes, threads, appends = 3, 2, 25
    total = 2 * processes * threads * appends
    follower = Follower(log, total)
    follower.start()
    running = [
        start_appender(str(tmp_path / name), name, str(threads), str(appends)) for name in (f"p{n}" for n in range(processes))
    ]
    assert [process.wait() for process in running] == [0] * processes
    follower.join()
    acknowledged = {line for n in range(processes) for line in (tmp_path / f"p{n}").read_text(encoding="ascii").split()}
    assert [position for position, _ in follower.seen] == list(range(total))
    assert {event_id for _, event_id in follower.seen} == acknowledged
    assert [e.version for e in log.read("delivery/shared")] == list(range(1, total // 2 + 1))
    assert verify(where).faults == ()


@pytest.mark.parametrize("acknowledgements", [1, 40, 200])
def test_what_was_acknowledged_is_there_after_kill_9(
    start_appender: Start, tmp_path: Path, where: Where, acknowledgements: int
) -> None:
    journal = tmp_path / "journal"
    journal.touch()
    process = start_appender(str(journal), "victim", "4", "0")
    while journal.read_bytes().count(b"\n") < acknowledgements:
        assert process.poll() is None
    process.kill()
    process.wait()
    acknowledged = journal.read_bytes().split(b"\n")[:-1]
    with EventLog.open(where) as log:
        kept = list(log.read_all())
        assert {line.decode() for line in acknowledged} <= {e.id for e in kept}
        assert [e.position for e in kept] == list(range(len(kept)))
        assert len(list(log.read("delivery/shared"))) * 2 == len(kept)  # each append whole or not at all
        assert verify(where).faults == ()
        log.append([Entry("config", event("life goes on"))], cause=CAUSE)


def test_a_reader_misses_nothing_and_sees_no_hole_while_writers_sleep_and_roll_back(
    open_log: Callable[[], EventLog], where: Where
) -> None:
    found = race(where, open_log(), open_log())
    assert found.refused == 0
    assert [position for position, _ in found.log] == list(range(len(found.log)))
    assert {event_id for _, event_id in found.log} == found.committed
    assert found.followed == found.log
    assert found.scanned == found.log
    assert verify(where).faults == ()
