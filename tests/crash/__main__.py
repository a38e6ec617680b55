"""`make crash`: every point at every hit, of `aslo serve` and of commands, or one case again, and a table of that."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from tests.crash import call_sites
from tests.crash.case import Result, play
from tests.crash.commands.playing import COMMANDS, play_command
from tests.crash.counting import count, middle_and_most
from tests.crash.plan import every_case, every_hit, first_hits, first_hits_of_commands, in_company, needs_services
from tests.crash.running import Kill
from tests.crash.services import Servers, servers


def main() -> int:
    """Play the cases that are asked for; 0 when everything holds and every kill has fired."""
    asked = _asked()
    logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())  # or it would make one of its own
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))
    folder = Path(tempfile.mkdtemp(prefix="aslo-crash-", dir=asked.folder))
    begun = time.monotonic()
    results: list[Result] = []

    def through(cases: Sequence[Sequence[Kill]]) -> None:
        first = len(results)
        playing = pool.map(lambda one: _play(folder / str(one[0]), one[1], asked.seed, shared), enumerate(cases, first))
        for number, result in enumerate(playing):
            results.append(result)
            _tell(number, len(cases), result, asked.seed)

    with servers(folder) as shared, ThreadPoolExecutor(asked.workers) as pool:
        try:
            through(_cases(asked, folder, shared))
            if not asked.only and (left := _not_fired(results)):
                print(f"{len(left)} were not come to in company, and are played alone")
                through([(kill,) for kill in left])
        except KeyboardInterrupt:
            print("broken off: what follows is of the cases that were played to their end; those under way are waited for")
            print(f"\n{table(results, time.monotonic() - begun)}" if results else "none was", flush=True)
            pool.shutdown(cancel_futures=True)
            return 1
    print(f"\n{table(results, time.monotonic() - begun)}")
    missing = _never_reached(results) if not asked.only else []
    if missing:
        print(f"never come to: {', '.join(missing)}")
    return int(bool(missing) or bool(_not_fired(results)) or any(result.broken for result in results))


def table(results: Sequence[Result], seconds: float) -> str:
    """One row for each point and one for all of them, in Markdown."""
    rows: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        for kill in result.kills:
            rows[kill.point].append(result)
    lines = [
        "| point | kills | fired | accepted | lost | doubled | stuck | else broken | recovery p50 | p99 |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_row(f"`{point}`", rows[point], point) for point in sorted(rows)),
        _row("all", results, None),
    ]
    return "\n".join([*lines, "", f"{len(results)} cases in {seconds:.0f} s; recovery in seconds from restart to rest"])


def _row(title: str, results: Sequence[Result], point: str | None) -> str:
    kills = [kill for result in results for kill in result.kills if point in {None, kill.point}]
    fired = [kill for result in results for kill in result.fired if point in {None, kill.point}]
    told = count(sentence for result in results for sentence in result.broken)
    recovery = [result.recovery_s for result in results if result.recovery_s is not None]
    accepted = sum(result.accepted for result in results)
    return (
        f"| {title} | {len(kills)} | {len(fired)} | {accepted} | {told.lost} | {told.doubled} | {told.stuck} | {told.rest}"
        f" | {middle_and_most(recovery)} |"
    )


def _play(folder: Path, kills: Sequence[Kill], seed: int, shared: Servers) -> Result:
    """Play a case; where the harness itself cannot, that is what is broken, and the others go on."""
    try:
        return _played(folder, kills, seed, shared)
    except Exception as error:  # noqa: BLE001
        traceback.print_exc()
        return Result(kills, broken=[f"harness: {error!r}"])


def _played(folder: Path, kills: Sequence[Kill], seed: int, shared: Servers) -> Result:
    if command := kills[0].command:
        return play_command(folder, command, kills, shared)
    return play(folder, kills, seed, shared=shared if needs_services(kills) else None)


def _cases(asked: argparse.Namespace, folder: Path, shared: Servers) -> Sequence[Sequence[Kill]]:
    names = [point.name for point in call_sites.points()]
    if asked.only:
        return [[Kill.parse(text) for text in asked.only.split(",")]]
    if asked.sample:
        return [*first_hits_of_commands(), *in_company(first_hits(names, asked.sample), asked.seed)]
    counted, with_services = (play(folder / "counted", [], asked.seed, shared=beside) for beside in (None, shared))
    undisturbed = {command: play_command(folder / "counted", command, [], shared) for command in COMMANDS}
    if broken := [sentence for one in (counted, with_services, *undisturbed.values()) for sentence in one.broken]:
        sys.exit("even without a kill: " + "; ".join(broken))
    every = [case for case in every_case(counted.hits, with_services.hits) if case[-1].hit <= asked.hits]
    of_commands = [
        case for name, one in undisturbed.items() for case in every_hit(name, one.hits) if case[-1].hit <= asked.hits
    ]
    print(
        f"{len(every)} points and hits of `aslo serve`, and {len(of_commands)} of {len(undisturbed)} commands; undisturbed"
        f"{_seconds(counted)}"
    )
    return [*of_commands, *in_company(every, asked.seed)]


def _not_fired(results: Sequence[Result]) -> list[Kill]:
    """What was to be died at and never was, neither in company nor alone."""
    fired = {kill for result in results for kill in result.fired}
    return list(dict.fromkeys(kill for result in results for kill in result.kills if kill not in fired))


def _never_reached(results: Sequence[Result]) -> list[str]:
    fired = {kill.point for result in results for kill in result.fired}
    return sorted({point.name for point in call_sites.points()} - fired)


def _tell(number: int, count: int, result: Result, seed: int) -> None:
    only = ",".join(map(str, result.kills))
    missed = [str(kill) for kill in result.kills if kill not in result.fired]
    state = "FAILED" if result.broken else f"not fired: {', '.join(missed)}" if missed else "well"
    print(f"[{number + 1}/{count}] {only}: {state}{_seconds(result)}", flush=True)
    for sentence in result.broken:
        print(f"    {sentence}")
    if result.broken or missed:
        print(f"    again: make crash SEED={seed} ONLY={only}", flush=True)


def _seconds(result: Result) -> str:
    return f", {result.recovery_s:.1f} s" if result.recovery_s is not None else ""


def _asked() -> argparse.Namespace:
    asking = argparse.ArgumentParser(prog="make crash", description=__doc__)
    asking.add_argument("--seed", type=int, default=0, help="what is left to chance follows from it")
    asking.add_argument("--only", default="", metavar="[COMMAND/]NAME:N[,…]", help="one case: die there, one after another")
    asking.add_argument("--sample", type=int, default=0, metavar="N", help="the first N hits of each point at most")
    asking.add_argument("--hits", type=int, default=10**9, metavar="N", help="no more than the first N hits of each point")
    asking.add_argument("--workers", type=int, default=2, help="cases at the same time")
    asking.add_argument("--folder", type=Path, help="where the cases lie; the system's folder for temporary files otherwise")
    return asking.parse_args()


if __name__ == "__main__":
    sys.exit(main())
