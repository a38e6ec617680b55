"""Rings for every release that is due and that nobody works on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from aslo_core.release.clock import Clock

log = structlog.get_logger(__name__)

RING_AGAIN_US = 10_000_000
"""A message that led to nothing for this long is out of the window, and is sent again."""

LONGEST_SILENCE_US = 320_000_000
"""The pause between two messages for one release doubles up to this: it may as well wait in a broker whose workers are busy."""


@dataclass(frozen=True)
class _Rung:
    """The last message for a release: when it was sent, and after what pause another is to be."""

    at_us: int
    pause_us: int

    def is_within(self, pause_us: int, now_us: int) -> bool:
        """Whether that was so long ago at most; a time in the future comes of a clock that was set back, and does not count."""
        return self.at_us <= now_us < self.at_us + pause_us


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
        self._rung: dict[str, _Rung] = {}
        self._away = False

    def turn(self) -> None:
        """Send what is due now. A broker that is away is only logged, once: the next turn tries again."""
        now = self._clock()
        due = self._due(now)
        still_due = set(due)
        self._rung = {stream: rung for stream, rung in self._rung.items() if stream in still_due}
        outstanding = sum(rung.is_within(RING_AGAIN_US, now) for rung in self._rung.values())
        # Those that were rung for in vain come last, so that they cannot keep the window from the others for ever.
        unheard = [stream for stream in due if stream not in self._rung]
        in_vain = [stream for stream in due if self._is_silent(stream, now)]
        for stream in (*unheard, *in_vain)[: max(0, self._window - outstanding)]:
            try:
                self._ring(stream)
            except Exception as reason:  # noqa: BLE001 - each broker has errors of its own, and none of them may stop us
                if not self._away:
                    log.warning("broker.away", error=str(reason), due=len(due))
                self._away = True
                return
            if self._away:
                log.warning("broker.back", due=len(due))
            self._away = False
            before = self._rung.get(stream)
            pause_us = min(before.pause_us * 2, LONGEST_SILENCE_US) if before else RING_AGAIN_US
            self._rung[stream] = _Rung(now, pause_us)

    def _is_silent(self, stream: str, now: int) -> bool:
        rung = self._rung.get(stream)
        return rung is not None and not rung.is_within(rung.pause_us, now)
