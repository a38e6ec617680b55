"""Read model: where each release stands. `queue` asks it what is due."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from aslo_core.events import Recorded, ReleaseAnnounced, StepClaimed
from aslo_core.projections import timeline
from aslo_core.projections.projection import Projection
from aslo_core.projections.release_changes import NOTHING_BEFORE, TYPES, changes
from aslo_core.projections.release_tables import ReleaseRow, owners, releases, tables
from aslo_core.projections.rows import Rows
from aslo_core.types import Repository


def apply(rows: Rows, recorded: Recorded) -> None:
    """Carry one event of a release into its row and its timeline; other streams change nothing."""
    event = recorded.event
    if event is None or not recorded.stream.startswith("release/"):
        return
    row = rows.find(releases, recorded.stream) if recorded.version > 1 else None
    before = row or NOTHING_BEFORE
    changed = changes(event, before, recorded.recorded_us)
    changed |= {"updated_us": recorded.recorded_us, "position": recorded.position}
    if row is not None and isinstance(event, StepClaimed):
        rows.put(owners, {"owner": row["owner"], "served": recorded.position})
    if row is not None:
        rows.change(releases, (recorded.stream,), changed)
    elif isinstance(event, ReleaseAnnounced):
        born = {"stream": recorded.stream, "opened": recorded.position}
        born |= {"published_bundle_id": "", "published_version": "", "published_warnings": ()}
        rows.add(releases, changed | born)
    timeline.note(rows, recorded, changed.get("run", before["run"]))


PROJECTION = Projection("releases", 5, tables, TYPES, apply)


_OPEN = ("queued", "working", "waiting")


def find(connection: Connection, stream: str) -> ReleaseRow | None:
    """The release of that stream, or None when there is none (yet)."""
    row = connection.execute(select(releases).where(releases.c.stream == stream)).mappings().one_or_none()
    return ReleaseRow(**row) if row else None


def newest(
    connection: Connection, limit: int, *, states: Collection[str] = (), before: int | None = None
) -> tuple[ReleaseRow, ...]:
    """The releases that changed last, newest first.

    Args:
        connection: a snapshot of the views.
        limit: how many at most.
        states: only these states; all when empty.
        before: only those whose `position` is below it: the position of the last one of the page before.
    """
    query = select(releases).order_by(releases.c.position.desc()).limit(limit)
    if states:
        query = query.where(releases.c.state.in_(states))
    if before is not None:
        query = query.where(releases.c.position < before)
    return tuple(ReleaseRow(**row) for row in connection.execute(query).mappings())


def that_ended(connection: Connection, states: Collection[str], *, rule: str = "", owner: str = "") -> tuple[ReleaseRow, ...]:
    """The releases that ended in some states, those that did so first being first.

    Args:
        connection: a snapshot of the views.
        states: the states.
        rule: only those refused for this rule; empty for any.
        owner: only those of this `<source>:<account>`; empty for any.
    """
    query = select(releases).where(releases.c.state.in_(states)).order_by(releases.c.position)
    if rule:
        query = query.where(releases.c.rule == rule)
    if owner:
        query = query.where(releases.c.owner == owner.lower())
    return tuple(ReleaseRow(**row) for row in connection.execute(query).mappings())


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many releases stand in each state; states without any are left out."""
    rows = connection.execute(select(releases.c.state, func.count()).group_by(releases.c.state).order_by(releases.c.state))
    return {state: number for state, number in rows}  # noqa: C416 (dict() takes a result for a mapping)


def sources(connection: Connection) -> tuple[str, ...]:
    """Names of all sources that releases came from. One look into the index for each, however many releases there are."""
    found: list[str] = []
    after = "release/"
    while stream := connection.scalar(select(func.min(releases.c.stream)).where(releases.c.stream >= after)):
        name = stream.split("/")[1]
        found.append(name)
        after = f"release/{name}0"  # the character after the slash
    return tuple(found)


def repositories(connection: Connection, source: str) -> tuple[Repository, ...]:
    """Repositories that releases of a source came from, each once, as its newest release names it."""
    of_source = releases.c.stream.startswith(f"release/{source}/", autoescape=True)
    query = select(releases.c.announcement).where(of_source).order_by(releases.c.opened)
    return tuple({one.repository.id: one.repository for one in connection.scalars(query)}.values())


def open_runs(connection: Connection) -> tuple[tuple[str, int], ...]:
    """Stream and run of every release whose newest run has not ended."""
    query = select(releases.c.stream, releases.c.run).where(releases.c.state.in_(_OPEN))
    return tuple((row.stream, row.run) for row in connection.execute(query))


def open_runs_requiring(connection: Connection, storage: str) -> int:
    """How many runs have not ended that a storage must have the bundle of."""
    query = select(releases.c.required).where(releases.c.state.in_(_OPEN))
    return sum(storage in required for required in connection.scalars(query))


def claimed(connection: Connection) -> tuple[ReleaseRow, ...]:
    """Releases with a step that a worker holds now, in the order of their claims: what a reconciler has to look after."""
    query = select(releases).where(releases.c.claimed).order_by(releases.c.position)
    return tuple(ReleaseRow(**row) for row in connection.execute(query).mappings())
