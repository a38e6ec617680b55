"""The row of a release."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from aslo_core.projections import timeline
from aslo_core.projections.columns import Packed
from aslo_core.types import Announcement, Isolation, Value

tables = timeline.tables

releases = Table(
    "release",
    tables,
    Column("stream", String, primary_key=True),
    Column("opened", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("announced_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    Column("announcement", Packed[Announcement](Announcement), nullable=False),
    Column("run", Integer, nullable=False),
    Column("trigger", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("builder", String, nullable=False),
    Column("state", String, nullable=False),
    Column("step", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("claimed", Boolean, nullable=False),
    Column("worker", String, nullable=False),
    Column("due_at_us", BigInteger),
    Column("commit", String, nullable=False),
    Column("bundle_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("version", String, nullable=False),
    Column("isolation", Packed[Isolation](Isolation)),
    Column("warnings", Packed[tuple[str, ...]](tuple[str, ...]), nullable=False),
    Column("required", Packed[tuple[str, ...]](tuple[str, ...]), nullable=False),
    Column("stored", Packed[tuple[str, ...]](tuple[str, ...]), nullable=False),
    Column("rule", String, nullable=False),
    Column("found", Text, nullable=False),
    Column("cure", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_by", String, nullable=False),
    Column("hold", String, nullable=False),
    Column("published_bundle_id", String, nullable=False),
    Column("published_version", String, nullable=False),
    Column("published_warnings", Packed[tuple[str, ...]](tuple[str, ...]), nullable=False),
    Index("release_newest", "position"),
    Index("release_state", "state", "position"),
    Index("release_claimed", "claimed"),
)
Index(
    "release_line",
    *(releases.c[name] for name in ("urgency", "owner", "due_at_us", "opened", "state")),
    sqlite_where=releases.c.due_at_us.is_not(None),
)

owners = Table(
    "release_owner",
    tables,
    Column("owner", String, primary_key=True),
    Column("served", BigInteger, nullable=False),
)
"""`served` is the position of the event by which a worker last took up a step of one of the owner's releases."""


class ReleaseRow(Value):
    """Where a release stands. All but the `published_` fields is about its newest run.

    Attributes:
        stream: its stream in the log.
        opened: position at which it was first announced.
        position: position of its last event.
        announced_us: when its newest run was announced.
        updated_us: when its last event was recorded.
        announcement: repository, tag, title, notes and author as announced.
        run: number of the run, from 1.
        trigger: the host's word for what opened the run.
        owner: `<source>:<account>`: whose turn it takes.
        urgency: which turns are before others, as `Urgency` has it.
        builder: the builder's instance.
        state: `queued`, `working`, `waiting`, `published`, `unchanged`, `rejected`, `failed`, `cancelled` or `withdrawn`.
        step: the step that was claimed last, or empty.
        attempt: number of the last attempt, 0 before the first.
        failures: how many attempts of this run came to nothing.
        claimed: whether a worker holds a step now.
        worker: who holds it or held the last one.
        due_at_us: from when on the next step may be claimed; None while one is claimed and after the end.
        commit: full name of the commit once fetched, else empty.
        bundle_id: the activity's id once inspected, else empty.
        name: the activity's name once inspected, else empty.
        version: the activity's version once inspected, else empty.
        isolation: how the build was kept from the host, once built.
        warnings: what went well but should be looked at.
        required: storages that must have the bundle before it is published.
        stored: those of them that have it.
        rule: stable code of the broken rule when rejected.
        found: what was found when rejected.
        cure: what the developer can do when rejected.
        reason: why it waits, failed, or was cancelled or withdrawn.
        ended_by: who cancelled or withdrew it: `aslo`, login on the host, or the operator's name.
        hold: who must lift the hold on a withdrawn one, `host` or `operator`, or empty.
        published_bundle_id: activity that this release published, in any run, or empty.
        published_version: version that it published, or empty.
        published_warnings: warnings of the run that published.
    """

    stream: str
    opened: int
    position: int
    announced_us: int
    updated_us: int
    announcement: Announcement
    run: int
    trigger: str
    owner: str
    urgency: int
    builder: str
    state: str
    step: str
    attempt: int
    failures: int
    claimed: bool
    worker: str
    due_at_us: int | None
    commit: str
    bundle_id: str
    name: str
    version: str
    isolation: Isolation | None
    warnings: tuple[str, ...]
    required: tuple[str, ...]
    stored: tuple[str, ...]
    rule: str
    found: str
    cure: str
    reason: str
    ended_by: str
    hold: str
    published_bundle_id: str
    published_version: str
    published_warnings: tuple[str, ...]
