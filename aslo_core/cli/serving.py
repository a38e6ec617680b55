"""Whether anybody works on what a command leaves in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aslo_core.config import CoreSettings


def who_takes_it_up(settings: CoreSettings) -> str:
    """Say which `aslo serve` takes up what was just added to the log, or that none seems to run."""
    from aslo_core.bootstrap.serve_lock import ServeLock

    holder = ServeLock(settings.data_path).holder()
    if holder is not None:
        return f"A running `aslo serve` ({holder}) takes it up."
    return f"No `aslo serve` seems to run on {settings.data_path}; it is taken up once one does."
