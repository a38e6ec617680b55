"""Observers hear of every event, though the database was away meanwhile."""

import threading
from typing import cast

from aslo_core.bootstrap.observers import Observing
from aslo_core.events import Recorded
from aslo_core.log import EventLog
from aslo_core.plugins import Plugins
from tests.log.postgresql.conftest import CAUSE, Connection, entry


class Heard:
    """Has a plugin's ear."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.more = threading.Semaphore(0)

    def observe(self, recorded: Recorded) -> None:
        self.positions.append(recorded.position)
        self.more.release()


def test_they_go_on_where_they_were(log: EventLog, superuser: Connection) -> None:
    heard, stop = Heard(), threading.Event()
    observing = Observing(log, lambda: cast("Plugins", heard))
    thread = threading.Thread(target=observing.observe, args=(stop,))
    thread.start()
    while not heard.more.acquire(timeout=0.05):  # it listens from now on, whenever that is
        log.append([entry()], cause=CAUSE)
    for _ in range(3):
        superuser.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'aslo_in_tests'")
        position = log.append([entry()], cause=CAUSE).events[0].position
        while heard.positions[-1] < position:
            assert heard.more.acquire(timeout=30)
    stop.set()
    thread.join()
    assert heard.positions == list(range(heard.positions[0], log.head() + 1))
