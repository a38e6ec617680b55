"""Which cases there are: every point at every hit, and for each push a sample that comes to every point once."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from tests.crash.running import Kill

_COMMANDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        command: [f"{name}.{side}" for name in names for side in ("before", "after")]
        for command, names in {
            "db-upgrade": ["log.postgresql.migrate"],
            "log-export": ["log.export"],
            "storage-add": ["config.rewrite"],
            "storage-switch": ["config.rewrite"],
            "storage-verify-later": ["storage.mend", "storage.delete-extra", "storage_local.delete"],
            "storage-verify-mirror": ["storage_ftp.delete"],
            "storage-verify-bucket": ["storage_s3.delete"],
            "builder-image-build": ["builder_bubblewrap.root-tree"],
        }.items()
    }
)
"""Command → the points that it is killed at, and that a release does not come to in these cases."""

OF_COMMANDS = frozenset(point for points in _COMMANDS.values() for point in points)
"""The points that only commands come to."""

_OF_SERVICES = ("log.postgresql.", "storage_s3.", "notify_email.", "notify_webhook.")


def needs_services(kills: Iterable[Kill]) -> bool:
    """Whether a case of `aslo serve` needs PostgreSQL, S3, a mail server and a receiver of webhooks."""
    return any(kill.point.startswith(_OF_SERVICES) for kill in kills)


_DOUBLE = Kill("notify_github.comment.after")
PRELUDES: Mapping[str, Sequence[Kill]] = MappingProxyType(
    {
        "notify_github.remove-double.before": (_DOUBLE,),
        "notify_github.remove-double.after": (_DOUBLE,),
        "projections.build.before": (Kill("herald.notify.after"),),
        "projections.build.after": (Kill("herald.notify.after"),),
    }
)
"""Points that are come to only after a death at others: a comment is doubled, the read models are lost."""


def every_case(hits: Mapping[str, int], hits_with_services: Mapping[str, int]) -> list[tuple[Kill, ...]]:
    """One case for each point and hit.

    Args:
        hits: how often a run that nothing disturbs comes to each point.
        hits_with_services: how often one does that has the services; what needs none of them is died at without.
    """
    counted = {**{point: times for point, times in hits_with_services.items() if point.startswith(_OF_SERVICES)}, **hits}
    plain = [(Kill(point, hit),) for point in sorted(counted) for hit in range(1, counted[point] + 1)]
    return plain + _after_others()


def first_hits(points: Iterable[str], hits: int = 1) -> list[tuple[Kill, ...]]:
    """One case for each point, or for its first hits, as far as a single release comes to them.

    Args:
        points: names of all points; those that only commands come to are left out.
        hits: at most which hit of a point.
    """
    names = sorted(set(points) - OF_COMMANDS - PRELUDES.keys())
    plain = [(Kill(point, hit),) for point in names for hit in range(1, min(hits, _in_one_release(point)) + 1)]
    return plain + _after_others()


def every_hit(command: str, hits: Mapping[str, int]) -> list[tuple[Kill, ...]]:
    """One case for each point and hit of a command, but for those that the keeping of its lease comes to by the clock.

    Args:
        command: its name.
        hits: how often it comes to each point when nothing disturbs it.
    """
    counted = sorted(point for point in hits if not point.startswith(_BY_THE_CLOCK))
    return [(Kill(point, hit, command),) for point in counted for hit in range(1, hits[point] + 1)]


def first_hits_of_commands() -> list[tuple[Kill, ...]]:
    """One case for each command, which dies of one after another of the points that only commands come to."""
    return [tuple(Kill(point, 1, command) for point in points) for command, points in _COMMANDS.items()]


def in_company(cases: Sequence[tuple[Kill, ...]], seed: int, length: int = 8) -> list[tuple[Kill, ...]]:
    """Make of many cases fewer ones, in which ASLO dies of one after another; those that need services have no others.

    Args:
        cases: what to put together.
        seed: shuffles them.
        length: about how many deaths a case has.
    """
    each = list(cases)
    random.Random(seed).shuffle(each)  # noqa: S311 - a seed that replays
    # The tables are prepared by the first start alone, and only that has read models to begin.
    each.sort(key=lambda kills: not kills[0].point.startswith(_FIRST_START))
    without, within = [kills for kills in each if not needs_services(kills)], list(filter(needs_services, each))
    return [*_chained(without, length), *_chained(within, length)]


def _after_others() -> list[tuple[Kill, ...]]:
    return [(*before, Kill(point)) for point, before in PRELUDES.items()]


def _chained(each: Sequence[Sequence[Kill]], length: int) -> Iterator[tuple[Kill, ...]]:
    count = -(-len(each) // length)
    return (tuple(kill for kills in each[number::count] for kill in kills) for number in range(count))


def _in_one_release(point: str) -> int:
    """How often a process surely comes to a point for one release that is built."""
    return next((times for prefix, times in _OFTEN.items() if point.startswith(prefix)), 1)


_OFTEN: Mapping[str, int] = MappingProxyType(
    {
        "log.sqlite.": 4,
        "log.postgresql.": 4,
        "notify_email.": 2,
        "notify_webhook.": 2,
        "projections.batch.": 4,
        "storage.put.": 3,
        "storage_local.": 2,
        "storage_ftp.": 1,
        "herald.": 2,
        "notify_github.comment.": 2,
        "notify_github.status.": 2,
    }
)
_BY_THE_CLOCK = "log.postgresql.write."
_FIRST_START = ("projections.prepare", "projections.begin", "projections.switch")
