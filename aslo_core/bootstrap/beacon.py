"""Shows that a process works on the log, and which program it runs; sees whether that program may go on."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from aslo_core.bootstrap.shared import Shared
from aslo_core.errors import AsloError
from aslo_core.jobs.holding import PROCESSES
from aslo_core.log import LogUnavailable

log = structlog.get_logger(__name__)


class Beacon:
    """Holds a lease as long as its process lives, whatever the process does.

    The lease is taken first and the log looked at then; a migration that older programs cannot work with does it the other way
    round. So one of the two finds the other.

    Args:
        shared: the log, and what lies beside it.
        seconds: how long a process that says no more is counted.
        give_up: called with words once this program is too old.
    """

    def __init__(self, shared: Shared, seconds: float, give_up: Callable[[str], None]) -> None:
        self._shared = shared
        self._name = f"{PROCESSES}{shared.name}"
        self._seconds = seconds
        self._give_up = give_up

    def start(self) -> None:
        """Show it for the first time.

        Raises:
            AsloError: this program is too old for the log.
        """
        if reason := self._misfit():
            raise AsloError(reason)

    def turn(self) -> None:
        """Show it again, or give up."""
        if reason := self._misfit():
            self._give_up(reason)

    def end(self) -> None:
        """Show it no more."""
        try:
            self._shared.leases.give_back(self._name, self._shared.name)
        except LogUnavailable as reason:
            log.warning("beacon.not_ended", error=str(reason), consequence="it expires by itself")

    def _misfit(self) -> str:
        try:
            self._shared.leases.take(self._name, self._shared.name, self._seconds)
        except LogUnavailable as error:
            log.warning("beacon.not_shown", error=str(error))
        try:
            reason = self._shared.events.misfit()
        except LogUnavailable:
            return ""  # what cannot be reached cannot be worked on either
        return reason and f"the log {reason}"
