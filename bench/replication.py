"""What a look for work costs a replicator, which takes one at every change of what is wanted or there.

`python -m bench.replication`: the views know so many published objects, and receipts of all of them on both storages, so
nothing is due and each object is looked at; where some are due, a look is over with the first 64. It is the
processor's time, on which other programs weigh least.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

import aslo_storage_local
import msgspec
import structlog

from aslo_core import events as e
from aslo_core.api import Context
from aslo_core.jobs.replicator import Replicator
from aslo_core.log import Entry, EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.projections import PROJECTIONS, Projector, Views
from aslo_core.receipts import Backend, Backends
from aslo_core.release.clock import LogClock
from aslo_core.testing import values
from aslo_core.testing.story import CAUSE, Made, Story

ROUNDS = 31
_BATCH = 500


def tell(log: EventLog, objects: int) -> None:
    """Let so many bundles be published, each on both storages."""
    example = Story(log, storages=("main", "big")).published(values.announcement(), Made())[-1].event
    assert isinstance(example, e.VersionPublished)
    for first in range(0, objects, _BATCH):
        blobs = [values.blob(f"bundle {number}") for number in range(first, min(first + _BATCH, objects))]
        versions = (msgspec.structs.replace(example, version=str(first + n), bundle=blob) for n, blob in enumerate(blobs, 2))
        published = [Entry("activity/org.example.Maze", version) for version in versions]
        receipts = e.CopiesReceived(objects=tuple(blobs), verified="backend")
        log.append([*published, *(Entry(f"copies/{name}", receipts) for name in ("main", "big"))], cause=CAUSE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=50_000)
    objects: int = parser.parse_args().objects
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        upgrade(folder / "log.db")
        with EventLog.open(folder / "log.db") as log:
            tell(log, objects)
            with closing(Projector(folder / "views.db", log, PROJECTIONS)) as projector:
                projector.catch_up()
            context = Context(name="", directory=folder, data=folder / "data", public_url="http://localhost")
            backends = Backends(
                {
                    name: Backend(name, aslo_storage_local.create(aslo_storage_local.LocalOptions(path=folder / name), context))
                    for name in ("main", "big")
                }
            )
            with closing(Views(folder / "views.db")) as views:

                def look() -> float:
                    clock = LogClock(log.newest_us)
                    replicator = Replicator("big", lambda: backends, log, views.snapshot, folder, clock)
                    begun = time.thread_time()
                    replicator.turn()
                    return time.thread_time() - begun

                head = log.head()
                look()  # the first one fills the cache
                times = sorted(look() * 1e3 for _ in range(ROUNDS))
                assert log.head() == head, "something was due"
    print(f"a look at {objects:,} objects {statistics.median(times):5.1f} ms ({times[0]:.1f} to {times[-1]:.1f})")


if __name__ == "__main__":
    main()
