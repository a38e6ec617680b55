"""Makes sure that nobody works on releases while somebody works on the storages by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aslo_core.bootstrap.databases import log_where, make_data_folder
from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.config import CoreSettings
from aslo_core.errors import AsloError
from aslo_core.jobs.holding import ALONE, TURNS, WORKERS, Holding, unique_name
from aslo_core.jobs.loop import Loop
from aslo_core.log.leases import Leases


@contextmanager
def alone(settings: CoreSettings) -> Iterator[Callable[[], bool]]:
    """Keep processes of this data directory from starting, and those on other machines from working, for the time of a block.

    Whoever works takes its lease first and looks for this one then, which does the same the other way round: one of two that
    start at the same moment finds the other.

    Args:
        settings: tell which log and data directory.

    Yields:
        Tells whether that is still so: a database that was away for longer than a lease lets others in.

    Raises:
        AsloError: somebody works, or works by hand as well.
    """
    make_data_folder(settings)
    with ServeLock(settings.data_path).held(), ExitStack() as closing:
        where = log_where(settings)
        if isinstance(where, Path):
            yield lambda: True
        else:
            leases = Leases(where)
            closing.callback(leases.close)
            holding = Holding(leases, ALONE, unique_name(), settings.processes.lease_seconds)
            closing.callback(holding.end)
            holding.turn()
            if not holding.held:
                raise AsloError("somebody else works on the storages by hand, and there can be only one: wait for its end")
            if working := leases.held(WORKERS).values():
                raise AsloError(f"{', '.join(sorted(working))} work with this log: end them first")
            loop = Loop("alone", holding.turn, settings.processes.lease_seconds / TURNS)
            loop.start()
            closing.callback(loop.stop, settings.processes.lease_seconds)
            yield lambda: holding.held
