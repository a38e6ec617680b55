"""What is being worked on, and what waits because something does not work: asked of several read models."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from aslo_core.projections.copy_tables import storages
from aslo_core.projections.notices import notices
from aslo_core.projections.reconciliations import sources
from aslo_core.projections.release_tables import releases
from aslo_core.types import Value

_OF_BUILDER = ("build", "inspect")


class Failing(NamedTuple):
    """A peer that fails.

    Attributes:
        name: its instance.
        failures: how many attempts failed.
        error: what it said last.
    """

    name: str
    failures: int
    error: str


class AtWork(Value):
    """A release of which a worker holds a step.

    Attributes:
        stream: its stream.
        owner: whose it is.
        tag: its tag.
        step: the step.
        attempt: number of the attempt.
        worker: who holds it.
        since_us: since when, µs since 1970 UTC.
    """

    stream: str
    owner: str
    tag: str
    step: str
    attempt: int
    worker: str
    since_us: int


class StepWaiting(Value):
    """Releases that wait to repeat the same step.

    Attributes:
        step: the step: `fetch`, `build`, …; `store:<storage>`.
        builder: the builder's instance where the step is its work, else empty.
        releases: how many they are.
        failures: how many attempts came to nothing for the one that has the most.
        next_us: when the first of them is tried again, µs since 1970 UTC.
        reason: why that of the most attempts failed the last time.
    """

    step: str
    builder: str
    releases: int
    failures: int
    next_us: int
    reason: str


class PeerFailing(Value):
    """A storage that copies cannot be brought to, a notifier that notices cannot be given to, or a source that cannot be asked.

    Attributes:
        name: its instance.
        failures: how many attempts failed, one after another; of a notifier, for the notice that has the most.
        waiting: how many notices wait to be tried again; 0 for others.
        next_us: from when on it is tried again, µs since 1970 UTC.
        error: what it said last.
    """

    name: str
    failures: int
    waiting: int
    next_us: int
    error: str


def storages_failing(connection: Connection) -> tuple[Failing, ...]:
    """Tell which storages have failed releases that wait for them, with nothing heard of the storage since.

    What is due again at once was given up with its worker: that says nothing of the storage.
    """
    at_storage = releases.c.step.startswith("store:", autoescape=True)
    name = func.substr(releases.c.step, len("store:") + 1)
    heard = func.coalesce(storages.c.position, -1)
    query = (
        select(name.label("name"), func.sum(releases.c.failures), releases.c.reason, func.max(releases.c.position))
        .join_from(releases, storages, storages.c.storage == name, isouter=True)
        .where(releases.c.state == "waiting", at_storage, releases.c.position > heard)
        .where(releases.c.due_at_us != releases.c.updated_us)
        .group_by(name)
        .order_by(name)
    )
    # SQLite takes the bare column from the row of the maximum: https://www.sqlite.org/lang_select.html#bareagg
    return tuple(Failing(name, failures, reason) for name, failures, reason, _ in connection.execute(query))


def storages_emptied(connection: Connection) -> tuple[str, ...]:
    """Name the storages in service that have nothing any more of what they had."""
    query = select(storages.c.storage).where(storages.c.emptied, ~storages.c.retired).order_by(storages.c.storage)
    return tuple(connection.scalars(query))


def at_work(connection: Connection) -> tuple[AtWork, ...]:
    """Give what workers hold a step of, the longest held first."""
    query = select(releases).where(releases.c.claimed).order_by(releases.c.position)
    return tuple(
        AtWork(
            stream=row.stream,
            owner=row.owner,
            tag=row.announcement.tag,
            step=row.step,
            attempt=row.attempt,
            worker=row.worker,
            since_us=row.updated_us,
        )
        for row in connection.execute(query)
    )


def steps_waiting(connection: Connection) -> tuple[StepWaiting, ...]:
    """Give the steps that failed and are to be repeated, those with the most releases first."""
    builder = case((releases.c.step.in_(_OF_BUILDER), releases.c.builder), else_="").label("builder")
    query = select(releases.c.step, builder, releases.c.failures, releases.c.due_at_us, releases.c.reason)
    order = (releases.c.step, builder, releases.c.failures.desc(), releases.c.position.desc())
    rows = connection.execute(query.where(releases.c.state == "waiting").order_by(*order))
    found = []
    for (step, name), group in groupby(rows, key=lambda row: (row.step, row.builder)):
        worst, *rest = group
        found.append(
            StepWaiting(
                step=step,
                builder=name,
                releases=1 + len(rest),
                failures=worst.failures,
                next_us=min(row.due_at_us for row in (worst, *rest)),
                reason=worst.reason,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.releases))


def copies_failing(connection: Connection) -> tuple[PeerFailing, ...]:
    """Give the storages that copies could not be brought to the last time."""
    query = select(storages).where(storages.c.failures > 0, ~storages.c.retired).order_by(storages.c.storage)
    return tuple(
        PeerFailing(name=row.storage, failures=row.failures, waiting=0, next_us=row.retry_at_us, error=row.error)
        for row in connection.execute(query)
    )


def sources_failing(connection: Connection) -> tuple[PeerFailing, ...]:
    """Give the sources that could not be asked the last time for what no delivery told."""
    query = select(sources).where(sources.c.failures > 0).order_by(sources.c.source)
    return tuple(
        PeerFailing(name=row.source, failures=row.failures, waiting=0, next_us=row.retry_at_us, error=row.error)
        for row in connection.execute(query)
    )


def notices_failing(connection: Connection) -> tuple[PeerFailing, ...]:
    """Give the notifiers that a notice could not be given to, and is to be again."""
    query = select(notices.c.notifier, notices.c.tries, notices.c.due_at_us, notices.c.error)
    order = (notices.c.notifier, notices.c.tries.desc(), notices.c.changed_us.desc())
    rows = connection.execute(query.where(notices.c.state == "pending", notices.c.tries > 0).order_by(*order))
    found = []
    for name, group in groupby(rows, key=lambda row: row.notifier):
        worst, *rest = group
        next_us = min(row.due_at_us for row in (worst, *rest))
        found.append(PeerFailing(name=name, failures=worst.tries, waiting=1 + len(rest), next_us=next_us, error=worst.error))
    return tuple(found)
