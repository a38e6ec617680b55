"""Chooses what to ring for at one moment: in turn, and within the cap of each owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import islice

from sqlalchemy import Connection

from aslo_core.projections import queue
from aslo_core.projections.queue import Due
from aslo_core.projections.turns import Urgency, line_up, turns


class Choice:
    """What may be rung for, made of one snapshot of the read models. What was chosen counts for what is chosen next.

    Args:
        connection: the snapshot.
        now: the time, µs since 1970 UTC.
        cap: how many releases of one owner may be at work at the same time.
        at_work: owner → how many of its releases are, those among them whose message is on its way.
        rung: those that are due and were rung for before.
    """

    def __init__(self, connection: Connection, now: int, cap: int, at_work: Counter[str], rung: Collection[Due]) -> None:
        self._connection = connection
        self._now = now
        self._cap = cap
        self._rung = rung
        self._at_work = at_work

    def first(self, states: Collection[str], number: int) -> list[str]:
        """Choose up to `number` releases in these states that were not rung for, in the order of their turns."""
        rung = [one for one in self._rung if one.state in states]
        before = Counter((one.urgency, one.owner) for one in rung)
        counts = [
            one._replace(waiting=one.waiting - before[one.urgency, one.owner])
            for one in queue.counts(self._connection, self._now, states)
        ]
        chosen = [*islice(turns(line_up(counts, self._at_work), self._cap), number)]
        self._at_work += Counter(line.owner for line in chosen)
        heard = {one.stream for one in rung}
        streams = {}
        for line, wanted in Counter((line.urgency, line.owner) for line in chosen).items():
            found = queue.first(self._connection, *line, wanted + before[line], self._now, states)
            streams[line] = iter([stream for stream in found if stream not in heard])
        return [next(streams[line.urgency, line.owner]) for line in chosen]

    def again(self, due: Iterable[Due], number: int) -> list[str]:
        """Choose up to `number` of these, in their order."""
        chosen: list[str] = []
        for one in due:
            if len(chosen) == number:
                break
            if one.urgency == Urgency.UNDER_WAY or self._at_work[one.owner] < self._cap:
                self._at_work[one.owner] += 1
                chosen.append(one.stream)
        return chosen
