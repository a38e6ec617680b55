"""What a source knows and the log does not: deliveries that nobody took, and releases that no delivery told of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aslo_core import events as e
from aslo_core.errors import Transient
from aslo_core.log import EventLog
from aslo_core.release.state import fold
from aslo_core.types import Announced, Announcement, ListsDeliveries, ListsReleases, Repository, Undelivered, Withdrawn

SETTLED_US = 600_000_000
"""A host may list a release for a while that it has just told to be withdrawn: until then it counts as withdrawn."""


_Given = TypeVar("_Given")


@dataclass(frozen=True)
class Known:
    """What the read models tell of a source's releases.

    Attributes:
        repositories: those that releases came from.
        is_ignored: tells of a release's stream whether the announcement of it was ignored, for a reason of ours.
    """

    repositories: Collection[Repository]
    is_ignored: Callable[[str], bool]


def missing(
    name: str, source: object, log: EventLog, known: Known, since_us: int, began_us: int
) -> Iterator[Announced | Withdrawn]:
    """Give what is missing in the log, in the order in which it is to be recorded. Nothing is written here.

    Deliveries come first: they carry the host's own ids, so that each, delivered again by hand, is the same delivery.

    Args:
        name: the source's instance.
        source: is asked for what it lists; nothing where it lists nothing.
        log: is looked into again for each finding: what is recorded meanwhile counts.
        known: what the read models tell.
        since_us: what is older is not asked for, in µs since 1970 UTC.
        began_us: when this reconciliation began.

    Raises:
        Transient: after all that could be found: the source could not be asked for everything.
    """
    failures: list[Transient] = []
    if isinstance(source, ListsDeliveries):
        for missed in sorted(_until(source.undelivered(since_us), failures), key=lambda one: one.tried_us):
            if not _later_news(name, log, missed):
                yield missed.verdict
    if isinstance(source, ListsReleases):
        for announcement in _until(source.recent(known.repositories, since_us), failures):
            history = tuple(log.read(announcement.stream))
            if _is_back(history, began_us) if history else not known.is_ignored(announcement.stream):
                run = fold(announcement.stream, history).run + 1
                yield Announced(delivery_id(announcement, run), "reconciled", announcement)
    if failures:
        raise failures[0]


def _until(given: Iterator[_Given], failures: list[Transient]) -> Iterator[_Given]:
    """Give what a source gives until it fails."""
    try:
        yield from given
    except Transient as reason:
        failures.append(reason)


def _stream(verdict: Announced | Withdrawn) -> str:
    return verdict.announcement.stream if isinstance(verdict, Announced) else verdict.stream


def _later_news(name: str, log: EventLog, missed: Undelivered) -> bool:
    """Whether the host itself told of the release after it had tried in vain: what was missed is out of date then."""
    return any(
        recorded.recorded_us >= missed.tried_us
        for recorded in log.read(_stream(missed.verdict))
        if isinstance(recorded.event, e.ReleaseAnnounced | e.ReleaseWithdrawn)
        and recorded.cause.source == f"intake/{name}"
        and not recorded.cause.is_reconciliation
    )


def _is_back(history: Sequence[e.Recorded], began_us: int) -> bool:
    """Whether a release that its host had withdrawn is published there again."""
    release = fold(history[0].stream, history)
    return release.hold == "host" and history[-1].recorded_us < began_us - SETTLED_US


def delivery_id(announcement: Announcement, run: int) -> str:
    """Name the delivery by which reconciliation opens a run: the same for all who find the same."""
    return f"reconciled/{announcement.repository.id}/{announcement.release_id}/{run}"
