"""Makes what the status pages tell, on pages and as JSON, of the rows of the projections."""

from __future__ import annotations

from aslo_core.events import ENDINGS
from aslo_core.projections.addresses import activity_path, delivery_path, release_path, rule_path
from aslo_core.projections.deliveries import DeliveryRow
from aslo_core.projections.notices import NoticeRow
from aslo_core.projections.queue import Place
from aslo_core.projections.release_tables import ReleaseRow
from aslo_core.projections.timeline import TimelineRow
from aslo_core.web.catalogue_answers import commit_link, person_answer, repository_answer
from aslo_core.web.status_values import (
    AttemptLog,
    DeliveryAnswer,
    NoticeAnswer,
    ReleaseAnswer,
    ReleaseBrief,
    TimelineEntry,
)
from aslo_core.web.storage_answers import StorageAnswer
from aslo_core.web.words import at, web_link

ENDED = tuple(ENDINGS.values())
STATES = ("queued", "working", "waiting", *ENDED)


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
