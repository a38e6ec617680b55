"""Holding a name among all processes that share a log: who lives, and who leads."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable

import structlog

from aslo_core.log import LogUnavailable
from aslo_core.log.leases import Leases

log = structlog.get_logger(__name__)

CONDUCTOR = "conductor"
"""Who decides what is due. One process at a time has it."""
WORKERS = "worker/"
"""How the names begin that workers hold as long as they live."""
LIVES = "live/"
"""How the names begin that processes hold as long as they stream."""
PROCESSES = "process/"
"""How the names begin that all processes hold as long as they live, whatever they do."""
ALONE = "alone"
"""Whoever has it works on the storages by hand, and no worker begins meanwhile."""
TURNS = 4
"""So many times a lease is renewed before it would expire."""


def unique_name() -> str:
    """Name this start of this process, as no other one is or was called: `<host>/<process id>/<random>`."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


class Holding:
    """Holds a lease as long as its `turn` is called again and again, and knows when it may be lost.

    Args:
        leases: where it is held.
        name: what is held.
        holder: by whom; see `unique_name`.
        seconds: how long after the last turn somebody else may take it.
        steady: a clock that goes on while the machine's is set, in seconds.
    """

    def __init__(
        self, leases: Leases, name: str, holder: str, seconds: float, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._leases = leases
        self._name = name
        self._holder = holder
        self._seconds = seconds
        self._steady = steady
        self._until = -1.0
        self._had = False

    @property
    def held(self) -> bool:
        """Whether it is held for certain: a process that was stopped for too long finds that it is not."""
        return self._steady() < self._until

    def turn(self) -> None:
        """Take it where it is free, and go on holding it. While the database is away, it is held until it would expire."""
        asked = self._steady()  # before the database counts
        try:
            held = self._leases.take(self._name, self._holder, self._seconds)
        except LogUnavailable as reason:
            log.warning("lease.not_renewed", lease=self._name, error=str(reason))
            held = self.held
        else:
            self._until = asked + self._seconds if held else -1.0
        if held != self._had:
            log.info("lease.taken" if held else "lease.lost", lease=self._name, holder=self._holder)
            self._had = held

    def end(self) -> None:
        """Give it back, so that a successor need not wait."""
        self._until = -1.0
        try:
            self._leases.give_back(self._name, self._holder)
        except LogUnavailable as reason:
            log.warning("lease.not_given_back", lease=self._name, error=str(reason), consequence="it expires by itself")
