"""What follows from a command: `decide(release, activity, command)` gives events, and changes nothing."""

from __future__ import annotations

from aslo_core import events as e
from aslo_core.errors import AsloError, Conflict
from aslo_core.release import commands as c
from aslo_core.release.activity import ActivityState, check_reservable, find
from aslo_core.release.backoff import MAX_ATTEMPTS, delay_us
from aslo_core.release.state import FETCH, PUBLISH, RESERVE, ReleaseState, next_step


class StaleAttempt(Conflict):
    """The attempt is not the one that holds the step now: what it did is not to be recorded."""


class NothingDue(Conflict):
    """There is no step to claim: the run has ended, is claimed already, or has to wait."""


class NotNow(AsloError):
    """The command makes no sense for this release now; the message tells its sender why."""


def decide(release: ReleaseState, activity: ActivityState | None, command: c.Command) -> tuple[e.Event, ...]:
    """Tell which events follow from a command.

    Args:
        release: the release as it is.
        activity: its activity as it is, as soon as the bundle id is known.
        command: what is asked.

    Returns:
        Events for the release's stream and, those named `version.reserved`, `version.freed`, `version.published` and
        `version.withdrawn`, for the activity's; all to be appended at once.

    Raises:
        StaleAttempt: the attempt lost its claim.
        NothingDue: nothing can be claimed.
        NotNow: with the reason for the sender.
        Permanent: the activity's rules forbid it.
        Transient: another run is in the way.
    """
    match command:
        case c.Announce():
            return _announce(release, command)
        case c.Withdraw():
            return _withdraw(release, activity, command)
        case c.Claim(worker=worker, now_us=now_us):
            step = next_step(release)
            if step is None or release.claimed is not None or release.retry_at_us > now_us:
                raise NothingDue(f"{release.stream}: no step is due")
            return (e.StepClaimed(attempt=release.attempt + 1, step=step, worker=worker),)
        case c.Abandon(attempt=attempt, reason=reason):
            return (e.StepAbandoned(attempt=attempt, step=_fenced(release, attempt), reason=reason),)
        case c.Fail():
            return _fail(release, command)
        case c.Reject(attempt=attempt, rule=rule, found=found, cure=cure):
            step = _fenced(release, attempt)
            return (
                e.ReleaseRejected(attempt=attempt, step=step, rule=rule, found=found, cure=cure),
                *_freed(release),
            )
        case c.Complete(outcome=outcome):
            step = _fenced(release, outcome.attempt)
            if step == FETCH and isinstance(outcome, e.SourceFetched) and _nothing_new(release, outcome):
                return (outcome, e.ReleaseUnchanged(attempt=outcome.attempt, commit=outcome.commit))
            return (outcome,)
        case c.Reserve(attempt=attempt):
            _fenced(release, attempt, RESERVE)
            return _reserve(release, activity, attempt)
        case c.Publish(attempt=attempt):
            _fenced(release, attempt, PUBLISH)
            return _publish(release, activity, attempt)


def _announce(release: ReleaseState, command: c.Announce) -> tuple[e.Event, ...]:
    if release.hold == "operator":
        raise NotNow("an operator has put this release on hold")
    if command.trigger == "edited" and release.published is not None:
        raise NotNow("this release is published already; editing it changes nothing here")
    if command.trigger in ("edited", "retry") and release.hold:
        raise NotNow("this release was withdrawn on its host; publish it there again to lift that")
    if command.trigger == "retry" and release.open:
        raise NotNow("a run of this release is on its way; wait for its end")
    announced = e.ReleaseAnnounced(
        run=release.run + 1,
        trigger=command.trigger,
        announcement=command.announcement,
        builder=command.builder,
        notifiers=command.notifiers,
        storages=command.storages,
    )
    if not release.open:
        return (announced,)
    replaced = e.ReleaseCancelled(by="aslo", reason="a newer delivery for the same release took its place")
    return (replaced, *_freed(release), announced)


def _withdraw(release: ReleaseState, activity: ActivityState | None, command: c.Withdraw) -> tuple[e.Event, ...]:
    if release.run == 0:
        raise NotNow("nothing is known here of this release, so there is nothing to withdraw")
    if release.ended == "withdrawn" and release.hold == command.hold:
        raise NotNow("this release is withdrawn already")
    events: list[e.Event] = [e.ReleaseWithdrawn(by=command.by, reason=command.reason, hold=command.hold), *_freed(release)]
    if release.published is not None and activity is not None:
        live = find(activity.published, release.published.version)
        if live is not None and live.live and live.release == release.stream:
            events.append(
                e.VersionWithdrawn(
                    release=release.stream, version=live.version, by=command.by, reason=command.reason, hold=command.hold
                )
            )
    return tuple(events)


def _fail(release: ReleaseState, command: c.Fail) -> tuple[e.Event, ...]:
    step = _fenced(release, command.attempt)
    if release.failures + 1 >= MAX_ATTEMPTS[command.kind]:
        reason = f"{step} was tried {release.failures + 1} times; the last time: {command.error}"
        return (e.ReleaseFailed(attempt=command.attempt, step=step, reason=reason), *_freed(release))
    wait_us = delay_us(release.failures, command.jitter, command.retry_after)
    return (
        e.StepFailed(
            attempt=command.attempt, step=step, kind=command.kind, error=command.error, retry_at_us=command.now_us + wait_us
        ),
    )


def _reserve(release: ReleaseState, activity: ActivityState | None, attempt: int) -> tuple[e.Event, ...]:
    inspected, bundle = release.inspected, release.bundle
    if activity is None or inspected is None or bundle is None:
        raise LookupError(f"{release.stream}: reserving before inspection")
    metadata, repository = inspected.metadata, release.announcement.repository
    check_reservable(
        activity,
        release=release.stream,
        run=release.run,
        repository=repository,
        version=metadata.version,
        bundle=bundle,
    )
    return (
        e.VersionCleared(attempt=attempt, bundle_id=metadata.bundle_id, version=metadata.version),
        e.VersionReserved(
            release=release.stream,
            run=release.run,
            repository=repository,
            version=metadata.version,
            bundle=bundle,
            content_digest=inspected.content_digest,
        ),
    )


def _publish(release: ReleaseState, activity: ActivityState | None, attempt: int) -> tuple[e.Event, ...]:
    inspected, bundle, fetched, announced = release.inspected, release.bundle, release.fetched, release.announced
    if activity is None or inspected is None or bundle is None or fetched is None or announced is None:
        raise LookupError(f"{release.stream}: publishing before storing")
    metadata, announcement = inspected.metadata, announced.announcement
    held = find(activity.reservations, metadata.version)
    if held is None or (held.release, held.run) != (release.stream, release.run):
        raise LookupError(f"{release.stream}: publishing {metadata.version} without holding its reservation")
    return (
        e.ReleasePublished(attempt=attempt, bundle_id=metadata.bundle_id, version=metadata.version, bundle=bundle),
        e.VersionPublished(
            release=release.stream,
            run=release.run,
            repository=announcement.repository,
            version=metadata.version,
            bundle=bundle,
            content_digest=inspected.content_digest,
            commit=fetched.commit,
            tag=announcement.tag,
            title=announcement.title,
            notes=announcement.notes,
            prerelease=announcement.prerelease,
            author=announcement.author,
            contributors=fetched.contributors,
            metadata=metadata,
            screenshots=inspected.screenshots,
            storages=release.stored,
        ),
    )


def _fenced(release: ReleaseState, attempt: int, step: str | None = None) -> str:
    if not release.open or release.claimed is None or release.attempt != attempt:
        raise StaleAttempt(f"{release.stream}: attempt {attempt} does not hold a step; the newest is {release.attempt}")
    if step is not None and release.claimed != step:
        raise StaleAttempt(f"{release.stream}: attempt {attempt} holds {release.claimed}, not {step}")
    return release.claimed


def _freed(release: ReleaseState) -> tuple[e.VersionFreed, ...]:
    if not release.cleared or release.inspected is None:
        return ()
    return (e.VersionFreed(release=release.stream, run=release.run, version=release.inspected.metadata.version),)


def _nothing_new(release: ReleaseState, fetched: e.SourceFetched) -> bool:
    asset = fetched.asset.blob if fetched.asset else None
    published = release.published
    return published is not None and (published.commit, published.asset) == (fetched.commit, asset)
