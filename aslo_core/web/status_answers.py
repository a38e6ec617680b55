"""What the status pages tell, on pages and as JSON. Fields are only ever added.

Times are RFC 3339 in UTC; a field ending in `_url` is a reference to resolve against the page's own address, and empty where
there is none. Texts may be those of developers: escape them.
"""

from __future__ import annotations

from datetime import datetime

from aslo_core.events import ENDINGS
from aslo_core.projections.addresses import activity_path, delivery_path, release_path, rule_path
from aslo_core.projections.deliveries import DeliveryRow
from aslo_core.projections.notices import NoticeRow
from aslo_core.projections.queue import Place
from aslo_core.projections.release_tables import ReleaseRow
from aslo_core.projections.timeline import TimelineRow
from aslo_core.types import Isolation, Value
from aslo_core.web.catalogue_answers import commit_link, person_answer, repository_answer
from aslo_core.web.catalogue_values import PersonAnswer, RepositoryAnswer
from aslo_core.web.source_answers import SourceAnswer
from aslo_core.web.storage_answers import StorageAnswer
from aslo_core.web.words import at, web_link

ENDED = tuple(ENDINGS.values())
STATES = ("queued", "working", "waiting", *ENDED)


class DeliveryAnswer(Value):
    """One delivery of a source.

    `decision` is `accepted`, `ignored` or `refused`; `release` is the stream that it told of; `release_url` is empty unless it
    was accepted, since a delivery that is ignored may tell of a release that is not known here; `reconciled` tells
    whether nobody brought it: ASLO found it when it asked the source.
    """

    source: str
    id: str
    received_at: datetime
    decision: str
    trigger: str
    reason: str
    repository: RepositoryAnswer | None
    tag: str
    release: str
    body_digest: str
    body_size: int
    page_url: str
    release_url: str
    reconciled: bool


class ReleaseBrief(Value):
    """A release in a list.

    `ended` tells whether its newest run is over; `why` is the reason or what was found, or empty;
    `queue_position` is its place among what waits for its turn, from 1, or null.
    """

    stream: str
    repository: RepositoryAnswer
    tag: str
    state: str
    ended: bool
    run: int
    step: str
    name: str
    bundle_id: str
    version: str
    why: str
    updated_at: datetime
    page_url: str
    queue_position: int | None


class StatusAnswer(Value):
    """How things stand: the releases that changed last, the newest deliveries, and how many releases are in each state.

    `queue_length` is how many wait for their turn; `paused` says why none is begun for now, each reason in words; `sources` are
    those that are asked what no delivery told.
    """

    position: int
    counts: dict[str, int]
    state: str
    releases: tuple[ReleaseBrief, ...]
    deliveries: tuple[DeliveryAnswer, ...]
    older_url: str
    queue_length: int
    paused: tuple[str, ...]
    sources: tuple[SourceAnswer, ...]


class TimelineEntry(Value):
    """One event of a release. `position` is its place in the log, `name` its stable name."""

    position: int
    recorded_at: datetime
    run: int
    attempt: int | None
    name: str
    sentence: str


class AttemptLog(Value):
    """What one attempt wrote. `text` is its end, made harmless; `cut` tells whether something stands before it.

    While it goes on, `live_url` is the stream of what it writes, and `after` the id in it up to which `text` has all whole
    lines.
    """

    attempt: int
    run: int
    step: str
    text: str
    cut: bool
    log_url: str
    live_url: str = ""
    after: int = 0


class NoticeAnswer(Value):
    """What one notifier was told or is still to be told. `state` is `pending`, `sent` or `failed`."""

    notifier: str
    kind: str
    run: int
    state: str
    tries: int
    error: str
    changed_at: datetime
    seen_url: str


class ReleaseAnswer(Value):
    """Where a release stands, all about its newest run unless said otherwise.

    `state` is one of `queued`, `working`, `waiting`, `published`, `unchanged`, `rejected`, `failed`, `cancelled`, `withdrawn`;
    `rule`, `found`, `cure` and `rule_url` are told when it was rejected, `ended_by` and `reason` when it was cancelled or
    withdrawn, and `hold` says who can lift the hold on a withdrawn one, `host` or `operator`; `published_version` is what this
    release has published in any run. `queue_position` is its place among the `queue_length` that wait for their turn, from 1;
    null and 0 where it waits for none. `paused` says why none is begun for now.
    """

    stream: str
    repository: RepositoryAnswer
    release_id: str
    tag: str
    title: str
    author: PersonAnswer
    prerelease: bool
    state: str
    ended: bool
    run: int
    trigger: str
    step: str
    attempt: int
    failures: int
    due_at: datetime | None
    announced_at: datetime
    updated_at: datetime
    builder: str
    isolation: Isolation | None
    commit: str
    commit_url: str
    bundle_id: str
    name: str
    version: str
    published_bundle_id: str
    published_version: str
    rule: str
    found: str
    cure: str
    reason: str
    ended_by: str
    hold: str
    warnings: tuple[str, ...]
    stored: tuple[str, ...]
    storages: tuple[StorageAnswer, ...]
    timeline: tuple[TimelineEntry, ...]
    logs: tuple[AttemptLog, ...]
    notices: tuple[NoticeAnswer, ...]
    deliveries: tuple[DeliveryAnswer, ...]
    page_url: str
    host_url: str
    activity_url: str
    rule_url: str
    queue_position: int | None
    queue_length: int
    paused: tuple[str, ...]


def delivery_answer(row: DeliveryRow) -> DeliveryAnswer:
    """A delivery."""
    return DeliveryAnswer(
        source=row.source,
        id=row.id,
        received_at=at(row.received_us),
        decision=row.decision,
        trigger=row.trigger,
        reason=row.reason,
        repository=repository_answer(row.repository) if row.repository else None,
        tag=row.tag,
        release=row.release,
        body_digest=row.body_digest,
        body_size=row.body_size,
        page_url=delivery_path(row.source, row.id),
        release_url=release_path(row.release) if row.decision == "accepted" else "",
        reconciled=row.reconciled,
    )


def release_brief(row: ReleaseRow, place: Place | None) -> ReleaseBrief:
    """A release for a list."""
    return ReleaseBrief(
        stream=row.stream,
        repository=repository_answer(row.announcement.repository),
        tag=row.announcement.tag,
        state=row.state,
        ended=row.state in ENDED,
        run=row.run,
        step=row.step,
        name=row.name,
        bundle_id=row.bundle_id,
        version=row.version,
        why=row.found or row.reason,
        updated_at=at(row.updated_us),
        page_url=release_path(row.stream),
        queue_position=place.position if place else None,
    )


def release_answer(
    row: ReleaseRow,
    *,
    storages: tuple[StorageAnswer, ...],
    timeline: tuple[TimelineRow, ...],
    logs: tuple[AttemptLog, ...],
    notices: tuple[NoticeRow, ...],
    deliveries: tuple[DeliveryRow, ...],
    place: Place | None,
    paused: tuple[str, ...],
) -> ReleaseAnswer:
    """A release with all that its page shows."""
    announcement = row.announcement
    published = activity_path(row.published_bundle_id, row.published_version) if row.published_version else ""
    return ReleaseAnswer(
        stream=row.stream,
        repository=repository_answer(announcement.repository),
        release_id=announcement.release_id,
        tag=announcement.tag,
        title=announcement.title,
        author=person_answer(announcement.author),
        prerelease=announcement.prerelease,
        state=row.state,
        ended=row.state in ENDED,
        run=row.run,
        trigger=row.trigger,
        step=row.step,
        attempt=row.attempt,
        failures=row.failures,
        due_at=at(row.due_at_us) if row.due_at_us is not None else None,
        announced_at=at(row.announced_us),
        updated_at=at(row.updated_us),
        builder=row.builder,
        isolation=row.isolation,
        commit=row.commit,
        commit_url=commit_link(announcement.repository, row.commit),
        bundle_id=row.bundle_id,
        name=row.name,
        version=row.version,
        published_bundle_id=row.published_bundle_id,
        published_version=row.published_version,
        rule=row.rule,
        found=row.found,
        cure=row.cure,
        reason=row.reason,
        ended_by=row.ended_by,
        hold=row.hold,
        warnings=row.warnings,
        stored=row.stored,
        storages=storages,
        timeline=tuple(_timeline_entry(one) for one in timeline),
        logs=logs,
        notices=tuple(_notice_answer(one) for one in notices),
        deliveries=tuple(delivery_answer(one) for one in deliveries),
        page_url=release_path(row.stream),
        host_url=web_link(announcement.url),
        activity_url=published,
        rule_url=rule_path(row.rule),
        queue_position=place.position if place else None,
        queue_length=place.length if place else 0,
        paused=paused if place else (),
    )


def _timeline_entry(row: TimelineRow) -> TimelineEntry:
    return TimelineEntry(
        position=row.position,
        recorded_at=at(row.recorded_us),
        run=row.run,
        attempt=row.attempt,
        name=row.name,
        sentence=row.sentence,
    )


def _notice_answer(row: NoticeRow) -> NoticeAnswer:
    return NoticeAnswer(
        notifier=row.notifier,
        kind=row.kind,
        run=row.run,
        state=row.state,
        tries=row.tries,
        error=row.error,
        changed_at=at(row.changed_us),
        seen_url=web_link(row.url),
    )
