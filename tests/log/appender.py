"""A process that appends to a log from several threads, and writes down each id once `append` has returned.

    appender.py LOG JOURNAL NAME THREADS APPENDS

Each thread appends to a stream of its own and to one shared by all, APPENDS times; 0 is without end.
"""

import itertools
import os
import sys
import threading
from pathlib import Path

import sqlalchemy as sa

from aslo_core.events import Cause, DeliveryIgnored
from aslo_core.log import Entry, EventLog


def main() -> None:
    where, journal, name, threads, appends = sys.argv[1:]
    log = EventLog.open(sa.make_url(where) if "://" in where else Path(where), patience=60.0)
    file = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def run(thread: int) -> None:
        for number in itertools.count() if appends == "0" else range(int(appends)):
            event = DeliveryIgnored(trigger=name, reason=f"{thread}/{number}", body_digest="", body_size=number)
            appended = log.append(
                [Entry(f"delivery/{name}/{thread}", event), Entry("delivery/shared", event)],
                cause=Cause(source=name, actor="test"),
                key=f"{thread}/{number}",
            )
            os.write(file, "".join(f"{recorded.id}\n" for recorded in appended.events).encode())
            os.fsync(file)

    running = [threading.Thread(target=run, args=(thread,)) for thread in range(int(threads))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    log.close()


main()
