"""Builds held against the same work in a bare sandbox: how much longer one takes, and how many are made in a minute.

Ours and theirs are measured in turn, so that what else the machine does weighs on both alike.
"""

from __future__ import annotations

import itertools
import os
import statistics
import string
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aslo_core.bundle.source import write_source_tar
from aslo_core.types import Builder, BuildLimits, BuildRequest

LIMITS = BuildLimits()
EXAMPLE = Path(__file__).parent.parent / "examples" / "fraction-garden"
FILES, LANGUAGES = 303, 85
"""What a bundle of an ordinary activity has: the median of 293 released versions of Sugar Labs' activities."""
_EXAMPLE_FILES, _EXAMPLE_LANGUAGES = 12, 3
_FILES_OF_LANGUAGE = 3  # its translation, and the two that are made of it
PAIRS = 11
ROUNDS = 5
BATCH = 8
FIRST = 4
"""Builds before each batch, which are not counted: in the long run nothing is ready that was not made meanwhile."""
AT_ONCE = (1, 2, 4)
MOST = 1.25
LEAST = 0.9

Work = Callable[[Path], object]
"""Builds a source's tar archive."""


def sources(folder: Path, given: str | None) -> Mapping[str, Path]:
    """Write sources to build, and name them: an example and one of ordinary size, or a folder that was given."""
    if given is not None:
        return {given: _tar(Path(given), folder / "given.tar")}
    ordinary = folder / "ordinary"
    for name, content in _ordinary():
        (ordinary / name).parent.mkdir(parents=True, exist_ok=True)
        (ordinary / name).write_bytes(content)
    return {
        "a small example": _tar(EXAMPLE, folder / "example.tar"),
        f"an activity of {FILES} files": _tar(ordinary, folder / "ordinary.tar"),
    }


def built_by(builder: Builder, folder: Path) -> Work:
    """Build as ASLO does."""
    numbers = itertools.count()

    def build(source: Path) -> None:
        bundle = folder / f"{next(numbers)}.xo"
        builder.build(BuildRequest(source=source, bundle=bundle, limits=LIMITS), lambda _piece: None)
        bundle.unlink()

    return build


def overhead(what: str, ours: Work, baseline: str, theirs: Work, source: Path, settle: Callable[[], None]) -> None:
    """Measure pairs of builds, and print the median of how many times as long ours take.

    Args:
        what: name of what is built.
        ours: builds with ASLO.
        baseline: name of what it is held against.
        theirs: does the same work bare.
        source: what to build.
        settle: waits until the next build finds what is made ready for it.
    """
    pairs = []
    for _ in range(PAIRS):
        settle()
        mine = _seconds(ours, source)
        settle()
        pairs.append((mine, _seconds(theirs, source)))
    ratios = sorted(mine / bare for mine, bare in pairs)
    mine, bare = (statistics.median(times) * 1e3 for times in zip(*pairs, strict=True))
    print(f"{what}: {mine:.0f} ms, {baseline} {bare:.0f} ms, {_spread(ratios)}, aim below {MOST:g}", flush=True)


def throughput(ours: Work, baseline: str, theirs: Work, source: Path) -> None:
    """Measure builds a minute, several at once, and print the median of their ratios."""
    for at_once in AT_ONCE:
        pairs = [(_per_minute(ours, source, at_once), _per_minute(theirs, source, at_once)) for _ in range(ROUNDS)]
        ratios = sorted(mine / bare for mine, bare in pairs)
        mine, bare = (statistics.median(rates) for rates in zip(*pairs, strict=True))
        print(
            f"{at_once} at once: {mine:.0f} builds a minute, {baseline} {bare:.0f}, {_spread(ratios)}, aim at least {LEAST:g}",
            flush=True,
        )


def tell_load() -> None:
    """Say how busy the machine is, and whether that spoils what is measured."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    spoilt = ", so that these numbers mean little" if load > processors else ""
    print(f"load {load:.1f} on {processors} processors{spoilt}", flush=True)


def _ordinary() -> Iterator[tuple[str, bytes]]:
    """The example, with as many translations and files as an ordinary activity has."""
    for path in EXAMPLE.rglob("*"):
        if path.is_file():
            yield path.relative_to(EXAMPLE).as_posix(), path.read_bytes()
    translation, code = (EXAMPLE / "po" / "fr.po").read_bytes(), (EXAMPLE / "garden.py").read_bytes()
    added = LANGUAGES - _EXAMPLE_LANGUAGES
    for one, two in itertools.islice(itertools.product(string.ascii_lowercase, repeat=2), added):
        yield f"po/x{one}{two}.po", translation
    for number in range(FILES - _EXAMPLE_FILES - 2 * _EXAMPLE_LANGUAGES - _FILES_OF_LANGUAGE * added):
        yield f"lib/part{number}.py", code


def _tar(folder: Path, to: Path) -> Path:
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    write_source_tar(folder, files, to)
    return to


def _seconds(work: Work, source: Path) -> float:
    begun = time.perf_counter()
    work(source)
    return time.perf_counter() - begun


def _per_minute(work: Work, source: Path, at_once: int) -> float:
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(work, [source] * FIRST))
        begun = time.perf_counter()
        list(pool.map(work, [source] * BATCH))
        return BATCH * 60 / (time.perf_counter() - begun)


def _spread(ratios: list[float]) -> str:
    return f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
