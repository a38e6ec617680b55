"""How the log's cost grows with its length, as a plot: `python -m bench.growth docs/explanation/growth.svg`.

Each cost in ratio to that at 10,000 events in the same run: appending one event, reading a page from the middle, a stream of
ten events, the first of a rare type. 1 throughout would be no growth at all. Takes some minutes, so it is no part of
`make bench`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from aslo_core.events import Cause, DeliveryRefused
from aslo_core.log import Entry, EventLog
from aslo_core.log.migrations import upgrade
from bench.peers import BATCH, EVENT

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
REPEATS = 200
CAUSE = Cause(source="bench", actor="bench")
COLOURS = ("#0b6e4f", "#c84c09", "#3b5ba5", "#7a3e9d")


def grow(log: EventLog, size: int) -> None:
    """Append until there are so many events, ten to a stream, one in a thousand of another type."""
    while (head := log.head() + 1) < size:
        entries = [Entry(f"delivery/bench/{(head + n) // 10}", EVENT) for n in range(BATCH)]
        if head % 1000 == 0:
            entries[0] = Entry("delivery/bench/rare", DeliveryRefused(reason="rare", body_digest="", body_size=0))
        log.append(entries, cause=CAUSE)


def costs(log: EventLog, size: int) -> dict[str, float]:
    """Median seconds of each thing that is done with a log."""

    def median(step: Callable[[int], object]) -> float:
        times = []
        for n in range(REPEATS):
            begun = time.perf_counter()
            step(n)
            times.append(time.perf_counter() - begun)
        return statistics.median(times)

    return {
        "append one event": median(lambda n: log.append([Entry("delivery/bench/one", EVENT)], cause=CAUSE, key=f"{size}/{n}")),
        "read 256 events from the middle": median(lambda n: list(islice(log.read_all(size // 2 + n), 256))),
        "read a stream of ten": median(lambda n: list(log.read(f"delivery/bench/{(size // 20) + n}"))),
        "read the first ten of a rare type": median(lambda _: list(log.read_all(types=["delivery.refused"], limit=10))),
    }


def svg(measured: dict[int, dict[str, float]]) -> str:
    """Draw ratios over sizes, sizes on a logarithmic scale."""
    left, top, width, height, most = 60, 30, 520, 260, 3.0
    first = measured[SIZES[0]]
    xs = {size: left + width * index / (len(SIZES) - 1) for index, size in enumerate(SIZES)}

    def y(ratio: float) -> float:
        return top + height * (1 - min(ratio, most) / most)

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 420" font-family="sans-serif" font-size="13">',
        '<rect width="640" height="420" fill="white"/>',
        f'<text x="{left}" y="18">Cost in ratio to that at {SIZES[0]:,} events</text>',
    ]
    for tick in (0.0, 1.0, 2.0, 3.0):
        parts.append(f'<line x1="{left}" y1="{y(tick):.1f}" x2="{left + width}" y2="{y(tick):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 10}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for size, x in xs.items():
        parts.append(f'<text x="{x:.1f}" y="{top + height + 20}" text-anchor="middle">{size:,}</text>')
    for number, (name, colour) in enumerate(zip(first, COLOURS, strict=True)):
        points = " ".join(f"{xs[size]:.1f},{y(costs[name] / first[name]):.1f}" for size, costs in measured.items())
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        line = top + height + 45 + 18 * number
        parts.append(f'<rect x="{left}" y="{line - 10}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{left + 20}" y="{line}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])


def main() -> None:
    (target,) = sys.argv[1:]
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        upgrade(path)
        with EventLog.open(path) as log:
            for size in SIZES:
                grow(log, size)
                measured[size] = costs(log, size)
                ratios = (f"{name} {cost / measured[SIZES[0]][name]:.2f}" for name, cost in measured[size].items())
                print(f"{size:9,} events: {', '.join(ratios)}", flush=True)
    Path(target).write_text(svg(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
