"""Whose turn it is: the order in which releases of many owners are worked on. Pure.

Each owner has a line for each urgency. Within an urgency the turns go round: every owner has its first before anybody has a
second. What an owner has at work counts as turns that it has had, so that whoever has least at work is next; among equals,
whoever was served longest ago.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple


class Urgency(IntEnum):
    """What goes before what; all of a smaller one goes before any of a larger one."""

    UNDER_WAY = 0
    """A step went well and the next is due: the turn that it has goes on."""
    OPERATOR = 1
    """Asked for by hand. It starves nobody for ever: somebody has to type for each, and the cap of an owner holds here too."""
    NORMAL = 2
    """Told by a code host."""
    REBUILD = 3
    """Old releases that an operator has built anew, many at a time: they have waited long, and come behind everything else."""


_BY_TRIGGER: Mapping[str, Urgency] = MappingProxyType(
    {"submitted": Urgency.OPERATOR, "retry": Urgency.OPERATOR, "rebuild": Urgency.REBUILD}
)


def urgency(trigger: str) -> Urgency:
    """Tell how urgent a run is by what opened it, as `release.announced` names that. What is not in the table is a host's."""
    return _BY_TRIGGER.get(trigger, Urgency.NORMAL)


class Count(NamedTuple):
    """How many releases of an owner and an urgency are due.

    Attributes:
        urgency: how urgent they are.
        owner: `<source>:<account>`.
        waiting: how many.
        served: position of the event by which a worker last took up a step of this owner's, -1 for never.
    """

    urgency: int
    owner: str
    waiting: int
    served: int


class Line(NamedTuple):
    """Releases of one owner and one urgency that are due, the longest due first. Its fields are in the order of their weight.

    Attributes:
        urgency: how urgent they are.
        turn: number of the turn that the first of them has; what the owner has at work has those before.
        served: as in `Count`.
        owner: `<source>:<account>`.
        waiting: how many they are.
    """

    urgency: int
    turn: int
    served: int
    owner: str
    waiting: int


def line_up(counts: Iterable[Count], at_work: Mapping[str, int]) -> tuple[Line, ...]:
    """Make the lines: an owner's next one goes on with the turns where its more urgent one ends.

    Args:
        counts: what is due; one for each owner and urgency.
        at_work: owner → how many of its releases are being worked on.
    """
    lines = []
    for owner, counted in groupby(sorted(counts, key=lambda one: (one.owner, one.urgency)), key=lambda one: one.owner):
        turn = at_work.get(owner, 0)
        for one in counted:
            if one.waiting > 0:
                lines.append(Line(one.urgency, turn, one.served, owner, one.waiting))
            turn += one.waiting
    return tuple(lines)


def turns(lines: Iterable[Line], cap: int) -> Iterator[Line]:
    """Tell whose turn it is, again and again; each time the first of that line that is still there is meant.

    Args:
        lines: who waits.
        cap: how many releases of one owner may be at work at the same time. What is under way is among them, and goes on.
    """
    heap = [line for line in lines if _may_begin(line, cap)]
    heapq.heapify(heap)
    while heap:
        line = heap[0]
        yield line
        rest = line._replace(turn=line.turn + 1, waiting=line.waiting - 1)
        if rest.waiting and _may_begin(rest, cap):
            heapq.heapreplace(heap, rest)
        else:
            heapq.heappop(heap)


def place(lines: Iterable[Line], of: Line, before: int) -> int:
    """Tell the place of a release in the order of the turns, from 1, as if nobody were held up by a cap.

    Args:
        lines: who waits.
        of: the line of the release.
        before: how many stand before it in that line.
    """
    turn = of.turn + before
    return 1 + sum(
        line.waiting
        if line.urgency < of.urgency
        else min(max(turn - line.turn + ((line.served, line.owner) < (of.served, of.owner)), 0), line.waiting)
        for line in lines
        if line.urgency <= of.urgency
    )


def _may_begin(line: Line, cap: int) -> bool:
    return line.urgency == Urgency.UNDER_WAY or line.turn < cap
