"""What is being worked on, and what waits because something does not work: asked of several read models."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from aslo_core.projections.copy_tables import storages
from aslo_core.projections.release_tables import releases
from aslo_core.types import Value


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
        failures: how many attempts of theirs came to nothing.
        next_us: when the first of them is tried again, µs since 1970 UTC.
        reason: why the newest failed.
    """

    step: str
    builder: str
    releases: int
    failures: int
    next_us: int
    reason: str


class PeerFailing(Value):
    """A storage that copies cannot be brought to, or a notifier that notices cannot be given to.

    Attributes:
        name: its instance.
        failures: how many attempts failed.
        waiting: how many notices wait to be tried again; 0 for a storage.
        next_us: when it is tried again, µs since 1970 UTC.
        error: what it said last.
    """

    name: str
    failures: int
    waiting: int
    next_us: int
    error: str


def storages_failing(connection: Connection) -> tuple[Failing, ...]:
    """Tell which storages have failed releases that wait for them, with nothing heard of the storage since."""
    at_storage = releases.c.step.startswith("store:", autoescape=True)
    name = func.substr(releases.c.step, len("store:") + 1)
    heard = func.coalesce(storages.c.position, -1)
    query = (
        select(name.label("name"), func.sum(releases.c.failures), releases.c.reason, func.max(releases.c.position))
        .join_from(releases, storages, storages.c.storage == name, isouter=True)
        .where(releases.c.state == "waiting", at_storage, releases.c.position > heard)
        .group_by(name)
        .order_by(name)
    )
    # SQLite takes the bare column from the row of the maximum: https://www.sqlite.org/lang_select.html#bareagg
    return tuple(Failing(name, failures, reason) for name, failures, reason, _ in connection.execute(query))
