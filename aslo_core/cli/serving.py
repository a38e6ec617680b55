"""Whether anybody works on what a command leaves in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aslo_core.bootstrap.serving import Parts
    from aslo_core.config import CoreSettings


def who_takes_it_up(settings: CoreSettings) -> str:
    """Say which process takes up what was just added to the log, that it pauses, or that none seems to run."""
    from aslo_core.bootstrap.standing import look

    standing = look(settings)
    parts, process = standing.serving.parts, standing.serving.process
    if process and standing.paused:
        return f"It waits, since builds pause: {'; '.join(standing.paused)}."
    if parts:
        return _by_parts(parts)
    if process:
        return f"A running `aslo serve` ({process}) takes it up."
    return f"No `aslo serve` seems to run on {settings.data_path}; it is taken up once one does."


def _by_parts(living: Parts) -> str:
    if not living.conductor:
        return "No `aslo serve` or `aslo conductor` seems to run with this log; it is taken up once one does."
    if not living.workers:
        return f"{living.conductor} conducts, and no `aslo worker` seems to run; it is taken up once one does."
    number = len(living.workers)
    return f"{living.conductor} conducts and takes it up, for {number} worker{'s' * (number > 1)}."
