"""A worker whose own disk is nearly full takes nothing new; who shares its log can see that."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from aslo_core.jobs.holding import WORKERS
from aslo_core.log import LogUnavailable
from aslo_core.log.leases import Leases
from aslo_core.release.pressure import Ground, Pause, why_paused

log = structlog.get_logger(__name__)

FULL = "full/"
"""How the names begin that workers hold as long as their own disk is nearly full."""


class OwnDisk:
    """Looks at the disk that a worker works on, and says when it takes nothing new, and when it does again.

    Args:
        folder: a folder on that disk.
        keep_free: bytes that are to stay free there; 0 for none.
    """

    def __init__(self, folder: Path, keep_free: int) -> None:
        self._folder = folder
        self._keep_free = keep_free
        self._pause = Pause()

    def is_full(self) -> bool:
        """Look whether it is nearly full, by the rule that pauses builds."""
        before = self._pause
        self._pause = why_paused(Ground(free=shutil.disk_usage(self._folder).free), self._keep_free, before)
        if self._pause.reasons and not before.reasons:
            log.warning("worker.paused", why=list(self._pause.words), folder=str(self._folder))
        elif before.reasons and not self._pause.reasons:
            log.warning("worker.resumed", folder=str(self._folder))
        return bool(self._pause.reasons)


class Rest:
    """Decides at each `turn` whether a worker takes anything new.

    Args:
        is_full: tells whether the disk that the worker works on is nearly full.
        leases: where it is shown to others.
        name: the worker's.
        seconds: how long it is shown after the last turn.

    Attributes:
        resting: the newest decision; every thread may read it.
    """

    def __init__(self, is_full: Callable[[], bool], leases: Leases, name: str, seconds: float) -> None:
        self._is_full = is_full
        self._leases = leases
        self._name = name
        self._seconds = seconds
        self.resting = False

    def turn(self) -> None:
        """Decide, and show it.

        Raises:
            LogUnavailable: it cannot be shown; it is decided all the same.
        """
        rested, self.resting = self.resting, self._is_full()
        if self.resting:
            self._leases.take(f"{FULL}{self._name}", self._name, self._seconds)
        elif rested:
            self._leases.give_back(f"{FULL}{self._name}", self._name)

    def end(self) -> None:
        """Show it no more."""
        if not self.resting:
            return
        try:
            self._leases.give_back(f"{FULL}{self._name}", self._name)
        except LogUnavailable as reason:
            log.warning("rest.not_ended", error=str(reason), consequence="it expires by itself")


def workers(held: Mapping[str, str]) -> frozenset[str]:
    """Name the workers that live, of all leases that are held."""
    return frozenset(holder for name, holder in held.items() if name.startswith(WORKERS))


def without_room(held: Mapping[str, str]) -> frozenset[str]:
    """Name those of them whose own disk is nearly full, so that they take nothing new."""
    return workers(held) & {holder for name, holder in held.items() if name.startswith(FULL)}


def nobody_has_room(held: Mapping[str, str]) -> bool:
    """Whether workers live, and none of them takes anything new."""
    return bool(living := workers(held)) and living == without_room(held)
