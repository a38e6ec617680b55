"""What sentences and seconds come to, as the tables show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Told:
    """Sentences of what does not hold, counted by what is wrong.

    Attributes:
        lost: deliveries that were answered with 202.
        doubled: publications and comments.
        stuck: releases, or waits in vain.
        rest: all others.
    """

    lost: int
    doubled: int
    stuck: int
    rest: int


def count(sentences: Iterable[str]) -> Told:
    """Count sentences by the words that they begin with."""
    told = Counter(sentence.partition(":")[0] for sentence in sentences)
    lost, doubled, stuck = told["lost"], told["doubled"] + told["comments"] + told["messages"], told["stuck"]
    return Told(lost, doubled, stuck, told.total() - lost - doubled - stuck)


def middle_and_most(seconds: Sequence[float]) -> str:
    """Give the 50th and the 99th percentile as two cells of a table; dashes where nothing was measured."""
    if not seconds:
        return "- | -"
    hundredths = quantiles([*seconds, seconds[0]] if len(seconds) == 1 else seconds, n=100)
    return f"{hundredths[49]:.1f} | {min(hundredths[98], max(seconds)):.1f}"
