"""Rings for every release that is due and that nobody works on, each owner in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Connection

from aslo_core.jobs.choice import Choice
from aslo_core.projections import queue
from aslo_core.projections.queue import STATES, Due
from aslo_core.release.clock import Clock
from aslo_core.release.pressure import Pause

log = structlog.get_logger(__name__)

RING_AGAIN_US = 10_000_000
"""A message that led to nothing for this long, with a worker free to hear it, is out of the window, and is sent again."""

LONGEST_SILENCE_US = 320_000_000
"""The pause between two messages for one release doubles up to this: it may as well wait in a broker whose workers are busy."""

WINDOW = 2
"""Messages that may be outstanding for each worker: one is at hand when it is free."""

TRIAL_US = 60_000_000
"""While a storage is away, one new release is begun at intervals of this length, to find out whether it is back."""


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
        snapshot: gives the read models.
        ring: sends one message.
        workers: how many work at the same time; twice as many messages may be outstanding.
        cap: gives how many releases of one owner may be at work at the same time; messages that are outstanding count.
        pause: gives what releases are held back for.
        clock: the time.
    """

    def __init__(
        self,
        snapshot: Callable[[], AbstractContextManager[Connection]],
        ring: Callable[[str], None],
        workers: int,
        cap: Callable[[], int],
        pause: Callable[[], Pause],
        clock: Clock,
    ) -> None:
        self._snapshot = snapshot
        self._ring = ring
        self._workers = workers
        self._cap = cap
        self._pause = pause
        self._clock = clock
        self._rung: dict[str, _Rung] = {}
        self._tried_us: int | None = None
        self._away = False

    def turn(self) -> None:
        """Send what is due now. A broker that is away is only logged, once: the next turn tries again."""
        pause = self._pause()
        states = STATES - pause.held
        if not states:
            return
        now = self._clock()
        with self._snapshot() as connection:
            at_work, rung = queue.at_work(connection), queue.still_due(connection, self._rung, now)
            self._rung = {one.stream: self._rung[one.stream] for one in rung}
            outstanding = [one for one in rung if self._rung[one.stream].is_within(RING_AGAIN_US, now)]
            if at_work.total() >= self._workers:
                self._wait_on(outstanding, now)
            room = WINDOW * self._workers - len(outstanding)
            if room <= 0:
                return
            choice = Choice(connection, now, self._cap(), at_work + Counter(one.owner for one in outstanding), rung)
            chosen = self._trial(choice, now, pause) or self._regular(choice, now, rung, states, room)
        for stream in chosen:
            if not self._rang(stream, now):
                return

    def _wait_on(self, outstanding: Collection[Due], now: int) -> None:
        """Do not take for lost what nobody is free to hear: it would be sent again and again, and come before others' turns."""
        for one in outstanding:
            self._rung[one.stream] = replace(self._rung[one.stream], at_us=now)

    def _trial(self, choice: Choice, now: int, pause: Pause) -> list[str]:
        """Choose one new release where it is time to find out whether a storage is back."""
        if not pause.takes_trials or self._tried_us is None or now < self._tried_us:
            self._tried_us = now
        if now < self._tried_us + TRIAL_US:
            return []
        if chosen := choice.first({"queued"}, 1):
            self._tried_us = now
        return chosen

    def _regular(self, choice: Choice, now: int, rung: Sequence[Due], states: Collection[str], room: int) -> list[str]:
        """Choose as much as there is room for. What was rung for in vain comes last, and cannot keep the others from it."""
        chosen = choice.first(states, room)
        silent = [
            one
            for one in rung
            if one.state in states and not (before := self._rung[one.stream]).is_within(before.pause_us, now)
        ]
        return chosen + choice.again(silent, room - len(chosen))

    def _rang(self, stream: str, now: int) -> bool:
        """Send one message; tell whether the broker took it."""
        try:
            self._ring(stream)
        except Exception as reason:  # noqa: BLE001 - each broker has errors of its own, and none of them may stop us
            if not self._away:
                log.warning("broker.away", error=str(reason))
            self._away = True
            return False
        if self._away:
            log.warning("broker.back")
        self._away = False
        before = self._rung.get(stream)
        pause_us = min(before.pause_us * 2, LONGEST_SILENCE_US) if before else RING_AGAIN_US
        self._rung[stream] = _Rung(now, pause_us)
        return True
