"""Who is struck, how and when: drawn from a seed, before anything runs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

WORKERS = ("worker-1", "worker-2")
CONDUCTORS = ("conductor-1", "conductor-2")
REDIS, POSTGRESQL, WEB = "redis", "postgresql", "web"
VICTIMS = (WEB, *WORKERS, *CONDUCTORS, REDIS, POSTGRESQL)

_IN_RECOVERY = 0.3
_STOPS_PER_KILL = 0.2
_FLUSHED = 0.5
_AT_REST_S = (0.2, 2.0)
_SOON_S = (0.0, 3.0)


class How(Enum):
    """What happens to a victim."""

    KILL = "kill"
    """SIGKILL; it is started again at once."""
    STOP = "stop"
    """SIGSTOP, and SIGCONT when its lease is over for long."""


@dataclass(frozen=True)
class Strike:
    """One blow.

    Attributes:
        victim: who gets it.
        how: what it is.
        in_recovery: whether it comes before all has recovered from the one before.
        pause_s: after so many seconds: from the blow before, or from the recovery.
        flush: whether Redis is emptied at the same moment.
    """

    victim: str
    how: How = How.KILL
    in_recovery: bool = False
    pause_s: float = 0.0
    flush: bool = False


def schedule(kills: int, seed: int) -> Sequence[Strike]:
    """Draw so many kills, and stops among them, 30 % during recovery. Everybody's turn comes before anybody's second."""
    chance = random.Random(seed)  # noqa: S311 - a seed that replays
    stops = round(kills * _STOPS_PER_KILL)
    victims, holders = _in_turn(VICTIMS, chance), _in_turn((*WORKERS, *CONDUCTORS), chance)
    blows = [(How.KILL, next(victims)) for _ in range(kills)] + [(How.STOP, next(holders)) for _ in range(stops)]
    chance.shuffle(blows)
    soon = set(chance.sample(range(1, len(blows)), round(_IN_RECOVERY * (len(blows) - 1)))) if blows else set()
    return [
        Strike(
            victim,
            how,
            in_recovery=number in soon,
            pause_s=chance.uniform(*(_SOON_S if number in soon else _AT_REST_S)),
            flush=chance.random() < _FLUSHED,
        )
        for number, (how, victim) in enumerate(blows)
    ]


def _in_turn(names: Sequence[str], chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(names, len(names))
