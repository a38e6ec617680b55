"""The time that work is due by: it never goes back, whatever is done to the machine's clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

Clock = Callable[[], int]
"""Gives the time in µs since 1970 UTC."""

_WORTH_TELLING_US = 1_000_000
"""By so much the clocks of machines that share a log may differ without a word."""


def wall_clock() -> int:
    """Read the time in µs since 1970 UTC."""
    return time.time_ns() // 1000


def steady_clock() -> int:
    """Read µs since some moment, which nobody sets."""
    return time.monotonic_ns() // 1000


class LogClock:
    """A clock that is never behind the log, nor behind what it said before; every thread may ask it.

    Events get the time of the newest one where the machine's clock is behind that. Compared with that clock, none of them
    would be due until it has caught up.

    Args:
        newest_us: gives the time of the log's newest event.
        wall: the machine's clock.
        steady: goes on while that one is set back.
    """

    def __init__(self, newest_us: Callable[[], int], wall: Clock = wall_clock, steady: Clock = steady_clock) -> None:
        self._newest_us = newest_us
        self._wall = wall
        self._steady = steady
        self._lock = threading.Lock()
        self._said_us = 0
        self._said_at = steady()
        self._told = False

    def __call__(self) -> int:
        """Give the time in µs since 1970 UTC.

        Raises:
            LogUnavailable: the log cannot be read.
        """
        newest_us = self._newest_us()
        with self._lock:
            wall_us, steady_us = self._wall(), self._steady()
            self._warn(newest_us - wall_us)
            self._said_us = max(wall_us, newest_us, self._said_us + steady_us - self._said_at)
            self._said_at = steady_us
            return self._said_us

    def estimate(self) -> int:
        """Give the time in µs since 1970 UTC without asking the log, for what is only shown; never behind what it said."""
        with self._lock:
            return max(self._wall(), self._said_us + self._steady() - self._said_at)

    def _warn(self, behind_us: int) -> None:
        if behind_us > _WORTH_TELLING_US and not self._told:
            log.warning(
                "clock.behind",
                seconds=round(behind_us / 1_000_000, 3),
                consequence="new events get the time of the log's newest one until the clock has caught up",
                cure="set this machine's clock, or wait; no work is held up",
            )
        self._told = behind_us > _WORTH_TELLING_US
