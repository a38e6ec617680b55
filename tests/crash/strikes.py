"""Who is struck, how and when: drawn from a seed, before anything runs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

WORKERS = ("worker-1", "worker-2")
CONDUCTORS = ("conductor-1", "conductor-2")
REDIS, POSTGRESQL, WEB, DOCKERD = "redis", "postgresql", "web", "dockerd"
SERVERS = (REDIS, POSTGRESQL, DOCKERD)
VICTIMS = (WEB, *WORKERS, *CONDUCTORS, REDIS, POSTGRESQL)
WITH_DOCKER = (*VICTIMS, DOCKERD)

_IN_RECOVERY = 0.3
_STOPS_PER_KILL = 0.2
_HANGS_PER_KILL = 0.2
_AT_REST_S = (0.2, 2.0)
_SOON_S = (0.0, 3.0)


class How(Enum):
    """What happens to a victim."""

    KILL = "kill"
    """SIGKILL; it is started again at once."""
    STOP = "stop"
    """SIGSTOP, and SIGCONT when its lease is over for long."""
    HANG = "hang"
    """SIGSTOP of a server with all its processes, and SIGCONT when whoever waits for it has long given up."""


@dataclass(frozen=True)
class Strike:
    """One blow.

    Attributes:
        victim: who gets it.
        how: what it is.
        in_recovery: whether it comes before all has recovered from the one before.
        pause_s: after so many seconds: from the blow before, or from the recovery.
        flushes: how often Redis is emptied at the same moment, or as soon as it is up again.
    """

    victim: str
    how: How = How.KILL
    in_recovery: bool = False
    pause_s: float = 0.0
    flushes: int = 0


def schedule(kills: int, seed: int, flushes: int = 0, among: Sequence[str] = VICTIMS) -> Sequence[Strike]:
    """Draw so many kills, and stops and hangs among them, 30 % during recovery. Everybody's turn comes before anybody's second.

    Args:
        kills: how many.
        seed: what follows it is always the same.
        flushes: how often Redis is emptied in all.
        among: who may be killed.
    """
    chance = random.Random(seed)  # noqa: S311 - a seed that replays
    victims, holders = _in_turn(among, chance), _in_turn((*WORKERS, *CONDUCTORS), chance)
    servers = _in_turn([name for name in SERVERS if name in among], chance)
    blows = [
        *((How.KILL, next(victims)) for _ in range(kills)),
        *((How.STOP, next(holders)) for _ in range(round(kills * _STOPS_PER_KILL))),
        *((How.HANG, next(servers)) for _ in range(round(kills * _HANGS_PER_KILL))),
    ]
    chance.shuffle(blows)
    soon = set(chance.sample(range(1, len(blows)), round(_IN_RECOVERY * (len(blows) - 1)))) if blows else set()
    emptied = Counter(chance.choices(range(len(blows)), k=flushes)) if blows else Counter()
    return [
        Strike(
            victim,
            how,
            in_recovery=number in soon,
            pause_s=chance.uniform(*(_SOON_S if number in soon else _AT_REST_S)),
            flushes=emptied[number],
        )
        for number, (how, victim) in enumerate(blows)
    ]


def _in_turn(names: Sequence[str], chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(names, len(names))
