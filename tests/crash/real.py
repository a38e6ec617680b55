"""`make crash MODE=real`: kills of whole processes and servers by a schedule, and a table of what came of it."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from aslo_core.rootfs import RootTree, make_tree
from tests.crash.counting import count, middle_and_most
from tests.crash.feeding import flood, steady
from tests.crash.strikes import VICTIMS, WITH_DOCKER, How, schedule
from tests.crash.under_fire import Endured, endure


def main() -> int:
    """Play as many rounds as the kills need; 0 when everything holds."""
    asked = _asked()
    logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())  # or it would make one of its own
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))
    folder = Path(tempfile.mkdtemp(prefix="aslo-crash-", dir=asked.folder))
    begun = time.monotonic()
    rounds: list[Endured] = []
    try:
        tree = make_tree(folder / "tree", lambda _line: None) if asked.builder == "docker" else None
        for one in _rounds(asked, folder, tree):
            rounds.append(one)  # noqa: PERF402 - what there is stays when it is broken off
    except KeyboardInterrupt:
        print("broken off: what follows is of the rounds that were played to their end")
    print()
    print(table(rounds, time.monotonic() - begun))
    return int(any(one.broken for one in rounds))


def _rounds(asked: argparse.Namespace, folder: Path, tree: RootTree | None) -> Iterator[Endured]:
    among = VICTIMS if tree is None else WITH_DOCKER
    feed = flood(asked.flood, asked.flood) if asked.flood else steady(asked.in_flight)
    shares = [0] if asked.flood else _shares(asked.kills, asked.round)
    for seed, kills in enumerate(shares, asked.seed):
        flushes = round(asked.flushes * kills / asked.kills)
        one = endure(folder / str(seed), schedule(kills, seed, flushes, among), seed, feed=feed, lease_s=asked.lease, tree=tree)
        state = "FAILED" if one.broken else "well"
        dealt, came = (
            f"{one.kills.total()} kills, {one.flushes} flushes",
            f"{one.accepted} accepted, {one.rest_s:.0f} s to rest",
        )
        print(f"seed {seed}: {dealt}, {came}: {state}", flush=True)
        for sentence in one.broken:
            print(f"    {sentence}")
        if one.broken:
            again = f"make crash MODE=real SEED={seed} KILLS={kills} FLUSHES={flushes} BUILDER={asked.builder}"
            print(f"    again: {again}; its folder is {folder / str(seed)}", flush=True)
        yield one


def table(rounds: Sequence[Endured], seconds: float) -> str:
    """A row for each component and one for all, in Markdown."""
    told = count(sentence for one in rounds for sentence in one.broken)
    accepted, flushes = sum(one.accepted for one in rounds), sum(one.flushes for one in rounds)
    return "\n".join(
        [
            "| component | kills | stops, hangs | during recovery | recovery p50 | p99 |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *(_row(name, rounds, {name}) for name in WITH_DOCKER),
            _row("all", rounds, set(WITH_DOCKER)),
            "",
            "| accepted | lost | doubled | stuck | else broken | Redis emptied |",
            "| ---: | ---: | ---: | ---: | ---: | ---: |",
            f"| {accepted} | {told.lost} | {told.doubled} | {told.stuck} | {told.rest} | {flushes} |",
            "",
            f"{len(rounds)} rounds in {seconds:.0f} s; recovery in seconds from the last blow until all goes on",
        ]
    )


def _row(title: str, rounds: Sequence[Endured], names: set[str]) -> str:
    strikes = [strike for one in rounds for strike in one.strikes if strike.victim in names]
    kills = sum(strike.how is How.KILL for strike in strikes)
    soon = sum(strike.in_recovery for strike in strikes)
    recovery = [seconds for one in rounds for name, seconds in one.recovery_s if name in names]
    return f"| {title} | {kills} | {len(strikes) - kills} | {soon} | {middle_and_most(recovery)} |"


def _shares(kills: int, most: int) -> list[int]:
    whole, rest = divmod(kills, most)
    return [most] * whole + [rest] * bool(rest)


def _asked() -> argparse.Namespace:
    asking = argparse.ArgumentParser(prog="make crash MODE=real", description=__doc__)
    asking.add_argument("--seed", type=int, default=0, help="of the first round; schedules and releases follow from it")
    asking.add_argument("--kills", type=int, default=300, help="in all rounds together")
    asking.add_argument("--flushes", type=int, default=100, help="how often Redis is emptied meanwhile, in all rounds together")
    asking.add_argument(
        "--builder", choices=("docker", "bubblewrap"), default="docker", help="with docker, dockerd is killed as well"
    )
    asking.add_argument(
        "--round", type=int, default=50, metavar="KILLS", help="at most so many kills until everything is looked at"
    )
    asking.add_argument("--in-flight", type=int, default=50, metavar="N", help="releases under way at the same time")
    asking.add_argument("--flood", type=int, default=0, metavar="N", help="no kills: N deliveries, each sent N times at once")
    asking.add_argument("--lease", type=int, default=8, metavar="SECONDS", help="how long a lease lasts")
    asking.add_argument("--folder", type=Path, help="where the rounds lie; the system's folder for temporary files otherwise")
    return asking.parse_args()


if __name__ == "__main__":
    sys.exit(main())
