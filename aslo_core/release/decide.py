"""What follows from a command: `decide(release, activities, command)` gives events, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from aslo_core import events as e
from aslo_core.bundle.versions import Version
from aslo_core.errors import AsloError, Conflict
from aslo_core.log import Entry
from aslo_core.release import commands as c
from aslo_core.release.activity import ActivityState, activity_stream, check_reservable, find
from aslo_core.release.backoff import MAX_ATTEMPTS, delay_us
from aslo_core.release.state import (
    ABANDONED,
    BUILD,
    FETCH,
    INSPECT,
    PUBLISH,
    RESERVE,
    STORE,
    TAKE,
    ReleaseState,
    next_step,
)
from aslo_core.types import Blob


class StaleAttempt(Conflict):
    """The attempt is not the one that holds the step now: what it did is not to be recorded."""


class NothingDue(Conflict):
    """There is no step to claim: the run has ended, is claimed already, or has to wait."""


class NotNow(AsloError):
    """The command makes no sense for this release now; the message tells its sender why."""


def activities_read(release: ReleaseState, command: c.Command) -> frozenset[str]:
    """Bundle ids of the activities that the decision rests on: these must not change until it is recorded."""
    match command:
        case c.Reserve() | c.Publish() if release.inspected is not None:
            return frozenset({release.inspected.metadata.bundle_id})
        case c.Withdraw() | c.Complete(outcome=e.SourceFetched()):
            return frozenset(published.bundle_id for published in release.published)
        case _:
            return frozenset()


def decide(release: ReleaseState, activities: Mapping[str, ActivityState], command: c.Command) -> tuple[Entry, ...]:
    """Tell which events follow from a command.

    Args:
        release: the release as it is.
        activities: those that `activities_read` names, as they are.
        command: what is asked.

    Returns:
        Events for the release's stream and for those of activities, all to be appended at once.

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
            return _withdraw(release, activities, command)
        case c.Claim(worker=worker, now_us=now_us):
            step = next_step(release)
            if step is None or release.claimed is not None or release.retry_at_us > now_us:
                raise NothingDue(f"{release.stream}: no step is due")
            return _own(release, e.StepClaimed(attempt=release.attempt + 1, step=step, worker=worker))
        case c.Abandon():
            return _abandon(release, command)
        case c.Fail():
            return _fail(release, command)
        case c.Reject(attempt=attempt, rule=rule, found=found, cure=cure):
            step = _fenced(release, attempt)
            rejected = e.ReleaseRejected(attempt=attempt, step=step, rule=rule, found=found, cure=cure)
            return (*_own(release, rejected), *_freed(release))
        case c.SetAside():
            return _set_aside(release, command)
        case c.Complete(outcome=outcome):
            _fenced(release, outcome.attempt, _step_of(outcome))
            if isinstance(outcome, e.SourceFetched) and _nothing_new(release, activities, outcome):
                return _own(release, outcome, e.ReleaseUnchanged(attempt=outcome.attempt, commit=outcome.commit))
            return _own(release, outcome)
        case c.Reserve(attempt=attempt):
            _fenced(release, attempt, RESERVE)
            return _reserve(release, activities, attempt)
        case c.Publish(attempt=attempt):
            _fenced(release, attempt, PUBLISH)
            return _publish(release, activities, attempt)


def _announce(release: ReleaseState, command: c.Announce) -> tuple[Entry, ...]:
    if release.hold == "operator":
        raise NotNow("an operator has put this release on hold")
    if release.hold and command.trigger not in ("published", "reconciled"):
        raise NotNow("this release was withdrawn on its host; publish it there again to lift that")
    if command.trigger == "edited" and release.published:
        raise NotNow("this release is published already; editing it changes nothing here")
    if command.trigger == "retry" and release.open:
        raise NotNow("a run of this release is on its way; wait for its end")
    if command.trigger == "reconciled" and release.run and not release.hold:
        raise NotNow("this release is known already")
    if command.trigger == "published" and release.found_before(command.announcement):
        raise NotNow("this release was found by reconciliation before its delivery came; nothing is started again")
    announced = e.ReleaseAnnounced(
        run=release.run + 1,
        trigger=command.trigger,
        announcement=command.announcement,
        builder=command.builder,
        notifiers=command.notifiers,
        storages=command.storages,
    )
    if not release.open:
        return _own(release, announced)
    replaced = e.ReleaseCancelled(by="aslo", reason="a newer delivery for the same release took its place")
    return (*_own(release, replaced), *_freed(release), *_own(release, announced))


def _withdraw(release: ReleaseState, activities: Mapping[str, ActivityState], command: c.Withdraw) -> tuple[Entry, ...]:
    if release.run == 0:
        raise NotNow("nothing is known here of this release, so there is nothing to withdraw")
    if release.hold in (command.hold, "operator"):
        raise NotNow("this release is withdrawn already")
    withdrawn = _own(release, e.ReleaseWithdrawn(by=command.by, reason=command.reason, hold=command.hold))
    versions = []
    for published in release.published:
        activity = activities[published.bundle_id]
        live = find(activity.published, published.version)
        if live is not None and live.live and live.release == release.stream:
            event = e.VersionWithdrawn(
                release=release.stream, version=live.version.text, by=command.by, reason=command.reason, hold=command.hold
            )
            versions.append(Entry(activity.stream, event))
    return (*withdrawn, *_freed(release), *versions)


def _abandon(release: ReleaseState, command: c.Abandon) -> tuple[Entry, ...]:
    step = _fenced(release, command.attempt)
    times = release.failures.count(ABANDONED) + 1
    if times < MAX_ATTEMPTS[ABANDONED]:
        return _own(release, e.StepAbandoned(attempt=command.attempt, step=step, reason=command.reason))
    reason = f"{step} was begun {times} times and its worker was lost each time; the last time: {command.reason}"
    return _given_up(release, step, ABANDONED, reason)


def _fail(release: ReleaseState, command: c.Fail) -> tuple[Entry, ...]:
    step = _fenced(release, command.attempt)
    before = release.failures.count(command.kind)
    if before + 1 >= MAX_ATTEMPTS[command.kind]:
        return _given_up(release, step, command.kind, f"{step} failed {before + 1} times; the last time: {command.error}")
    wait_us = delay_us(before, command.jitter, command.retry_after)
    failed = e.StepFailed(
        attempt=command.attempt, step=step, kind=command.kind, error=command.error, retry_at_us=command.now_us + wait_us
    )
    return _own(release, failed)


def _set_aside(release: ReleaseState, command: c.SetAside) -> tuple[Entry, ...]:
    _fenced(release, command.attempt, INSPECT)
    asset = release.fetched.asset if release.fetched else None
    if asset is None or not release.takes_asset:
        raise LookupError(f"{release.stream}: there is no attached bundle to set aside")
    refused = e.AssetRefused(
        attempt=command.attempt, name=asset.name, rule=command.rule, found=command.found, cure=command.cure
    )
    return _own(release, refused)


def _given_up(release: ReleaseState, step: str, kind: str, reason: str) -> tuple[Entry, ...]:
    failed = e.ReleaseFailed(attempt=release.attempt, step=step, kind=kind, reason=reason)
    return (*_own(release, failed), *_freed(release))


def _reserve(release: ReleaseState, activities: Mapping[str, ActivityState], attempt: int) -> tuple[Entry, ...]:
    inspected, bundle = release.inspected, release.bundle
    if inspected is None or bundle is None:
        raise LookupError(f"{release.stream}: reserving before inspection")
    metadata, repository = inspected.metadata, release.announcement.repository
    activity = activities[metadata.bundle_id]
    _check(release, activity, metadata.version, bundle)
    reserved = e.VersionReserved(
        release=release.stream,
        run=release.run,
        repository=repository,
        version=metadata.version,
        bundle=bundle,
        content_digest=inspected.content_digest,
    )
    cleared = e.VersionCleared(attempt=attempt, bundle_id=metadata.bundle_id, version=metadata.version)
    return (*_own(release, cleared), Entry(activity.stream, reserved))


def _publish(release: ReleaseState, activities: Mapping[str, ActivityState], attempt: int) -> tuple[Entry, ...]:
    inspected, bundle, fetched = release.inspected, release.bundle, release.fetched
    if inspected is None or bundle is None or fetched is None:
        raise LookupError(f"{release.stream}: publishing before storing")
    metadata, announcement = inspected.metadata, release.announcement
    activity = activities[metadata.bundle_id]
    held = find(activity.reservations, Version.parse(metadata.version))
    if held is None or (held.release, held.run) != (release.stream, release.run):
        raise LookupError(f"{release.stream}: publishing {metadata.version} without holding its reservation")
    # Once more: an operator may have put the same version of another release on hold since it was reserved.
    _check(release, activity, metadata.version, bundle)
    published = e.ReleasePublished(attempt=attempt, bundle_id=metadata.bundle_id, version=metadata.version, bundle=bundle)
    version = e.VersionPublished(
        release=release.stream,
        run=release.run,
        repository=announcement.repository,
        version=metadata.version,
        bundle=bundle,
        content_digest=inspected.content_digest,
        asset=fetched.asset if release.takes_asset else None,
        commit=fetched.commit,
        tag=announcement.tag,
        title=announcement.title,
        notes=announcement.notes,
        prerelease=announcement.prerelease,
        url=announcement.url,
        author=announcement.author,
        contributors=fetched.contributors,
        metadata=metadata,
        icons=inspected.icons,
        screenshots=inspected.screenshots,
        storages=release.stored,
    )
    return (*_own(release, published), Entry(activity.stream, version))


def _check(release: ReleaseState, activity: ActivityState, version: str, bundle: Blob) -> None:
    check_reservable(
        activity,
        release=release.stream,
        run=release.run,
        repository=release.announcement.repository,
        version=Version.parse(version),
        bundle=bundle,
    )


def _fenced(release: ReleaseState, attempt: int, step: str | None = None) -> str:
    if not release.open or release.claimed is None or release.attempt != attempt:
        raise StaleAttempt(f"{release.stream}: attempt {attempt} does not hold a step; the newest is {release.attempt}")
    if step is not None and release.claimed != step:
        raise StaleAttempt(f"{release.stream}: attempt {attempt} holds {release.claimed}, not {step}")
    return release.claimed


def _step_of(outcome: c.Outcome) -> str:
    match outcome:
        case e.SourceFetched():
            return FETCH
        case e.BundleBuilt():
            return BUILD
        case e.BundleTaken():
            return TAKE
        case e.BundleInspected():
            return INSPECT
        case e.BundleStored(storage=storage):
            return f"{STORE}:{storage}"


def _freed(release: ReleaseState) -> tuple[Entry, ...]:
    if not release.cleared or release.inspected is None:
        return ()
    metadata = release.inspected.metadata
    freed = e.VersionFreed(release=release.stream, run=release.run, version=metadata.version)
    return (Entry(activity_stream(metadata.bundle_id), freed),)


def _nothing_new(release: ReleaseState, activities: Mapping[str, ActivityState], fetched: e.SourceFetched) -> bool:
    """Whether this commit with this asset is what a version was made of that can be downloaded now."""
    asset = fetched.asset.blob if fetched.asset else None
    for published in release.published:
        if (published.commit, published.asset) == (fetched.commit, asset):
            version = find(activities[published.bundle_id].published, published.version)
            return version is not None and version.live
    return False


def _own(release: ReleaseState, *events: e.Event) -> tuple[Entry, ...]:
    return tuple(Entry(release.stream, event) for event in events)
