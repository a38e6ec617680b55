"""Rings for every release that is due and that nobody works on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from aslo_core.release.worker import Clock

log = structlog.get_logger(__name__)

RING_AGAIN_US = 10_000_000
"""A message that led to nothing for this long is taken as lost and sent again."""


class Dispatcher:
    """Keeps a small window of messages in the broker; everything else waits in the log.

    Args:
        due: gives the releases that are due at a time, in the order in which they should be worked on.
        ring: sends one message.
        window: how many messages may be outstanding.
        clock: the time.
    """

    def __init__(self, due: Callable[[int], Sequence[str]], ring: Callable[[str], None], window: int, clock: Clock) -> None:
        self._due = due
        self._ring = ring
        self._window = window
        self._clock = clock
        self._rung: dict[str, int] = {}

    def turn(self) -> None:
        """Send what is due now. A broker that is away is only logged: the next turn sends again."""
        now = self._clock()
        due = self._due(now)
        still_due = set(due)
        self._rung = {
            stream: since for stream, since in self._rung.items() if stream in still_due and since + RING_AGAIN_US > now
        }
        for stream in due:
            if len(self._rung) >= self._window:
                return
            if stream in self._rung:
                continue
            try:
                self._ring(stream)
            except Exception as reason:  # noqa: BLE001 - each broker has errors of its own, and none of them may stop us
                log.warning("broker.away", error=str(reason), due=len(due))
                return
            self._rung[stream] = now
