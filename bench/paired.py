"""Two ways of doing the same, measured in turn, so that what else the machine does weighs on both alike."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable

ROUNDS = 7

Step = Callable[[int], object]
"""Does something once; takes its number, which never comes twice."""


def rate(steps: Callable[[int], Step], *, threads: int = 1, seconds: float = 0.4) -> Callable[[], float]:
    """Make a measurement: how often per second so many threads do their steps, each with the step that `steps` makes for it."""
    done = [0] * threads
    prepared = [steps(thread) for thread in range(threads)]

    def measure() -> float:
        before = sum(done)
        failures: list[Exception] = []
        ready = threading.Barrier(threads + 1)

        def run(thread: int) -> None:
            ready.wait()
            until = time.perf_counter() + seconds
            try:
                while time.perf_counter() < until:
                    prepared[thread](done[thread])
                    done[thread] += 1
            except Exception as error:  # noqa: BLE001 - it is raised where the measurement was asked for
                failures.append(error)

        running = [threading.Thread(target=run, args=(thread,)) for thread in range(threads)]
        for thread in running:
            thread.start()
        ready.wait()
        begun = time.perf_counter()
        for thread in running:
            thread.join()
        if failures:
            raise failures[0]
        return (sum(done) - before) / (time.perf_counter() - begun)

    return measure


def once(action: Callable[[], int]) -> Callable[[], float]:
    """Make a measurement: things per second of an action that tells how many it did."""

    def measure() -> float:
        begun = time.perf_counter()
        things = action()
        return things / (time.perf_counter() - begun)

    return measure


def compare(
    what: str, ours: Callable[[], float], baseline: str, theirs: Callable[[], float], *, aim: float, per_step: int = 1
) -> None:
    """Measure both in turn and print rates and the median of their ratios.

    Args:
        what: name of what is compared.
        ours: measures ASLO.
        baseline: what it is compared with.
        theirs: measures that.
        aim: ratio that is aimed at.
        per_step: things that one step does.
    """
    ours(), theirs()  # what is done once only is no part of it
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    ratios = sorted(a / b for a, b in pairs)
    mine, other = (statistics.median(rates) * per_step for rates in zip(*pairs, strict=True))
    print(
        f"{what:34} {mine:8.0f}/s, {baseline} {other:8.0f}/s, ratio {statistics.median(ratios):5.2f}"
        f" ({ratios[0]:.2f} to {ratios[-1]:.2f}), aim {aim:g}"
    )
