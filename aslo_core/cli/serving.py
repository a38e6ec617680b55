"""Whether anybody works on what a command leaves in the log."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aslo_core.config import CoreSettings


def who_takes_it_up(settings: CoreSettings) -> str:
    """Say which process takes up what was just added to the log, or that none seems to run."""
    from aslo_core.bootstrap.databases import log_where
    from aslo_core.bootstrap.serve_lock import ServeLock

    if not isinstance(log_where(settings), Path):
        return _by_leases(settings)
    holder = ServeLock(settings.data_path).holder()
    if holder is not None:
        return f"A running `aslo serve` ({holder}) takes it up."
    return f"No `aslo serve` seems to run on {settings.data_path}; it is taken up once one does."


def _by_leases(settings: CoreSettings) -> str:
    from aslo_core.bootstrap.databases import log_where
    from aslo_core.jobs.holding import CONDUCTOR, WORKERS
    from aslo_core.log.leases import Leases

    with closing(Leases(log_where(settings))) as leases:
        held = leases.held()
    workers = [holder for name, holder in held.items() if name.startswith(WORKERS)]
    if CONDUCTOR not in held:
        return "No `aslo serve` or `aslo conductor` seems to run with this log; it is taken up once one does."
    if not workers:
        return f"{held[CONDUCTOR]} conducts, and no `aslo worker` seems to run; it is taken up once one does."
    return f"{held[CONDUCTOR]} conducts and takes it up, for {len(workers)} worker{'s' * (len(workers) > 1)}."
