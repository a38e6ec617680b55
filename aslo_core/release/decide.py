"""What follows from a command: `decide(release, activities, command)` gives events, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aslo_core import events as e
from aslo_core.errors import AsloError, Conflict
from aslo_core.log import Entry
from aslo_core.release import commands as c
from aslo_core.release.activity import ActivityState, PublishedVersion
from aslo_core.release.backoff import MAX_ATTEMPTS, delay_us
from aslo_core.release.publishing import freed, own, publish, reserve
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
        case c.Complete(outcome=e.SourceFetched()):
            return frozenset(published.bundle_id for published in release.published)
        case c.Withdraw() | c.Lift():
            return frozenset(published.bundle_id for published in (*release.published, *release.withdrawn))
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
        case c.Cancel():
            return _cancel(release, command)
        case c.Withdraw():
            return _withdraw(release, activities, command)
        case c.Lift():
            return _lift(release, activities, command)
        case c.Claim(worker=worker, now_us=now_us):
            step = next_step(release)
            if step is None or release.claimed is not None or release.retry_at_us > now_us:
                raise NothingDue(f"{release.stream}: no step is due")
            return own(release, e.StepClaimed(attempt=release.attempt + 1, step=step, worker=worker))
        case c.Abandon():
            return _abandon(release, command)
        case c.Fail():
            return _fail(release, command)
        case c.Reject(attempt=attempt, rule=rule, found=found, cure=cure):
            step = _fenced(release, attempt)
            rejected = e.ReleaseRejected(attempt=attempt, step=step, rule=rule, found=found, cure=cure)
            return (*own(release, rejected), *freed(release))
        case c.SetAside():
            return _set_aside(release, command)
        case c.Complete(outcome=outcome):
            _fenced(release, outcome.attempt, _step_of(outcome))
            if isinstance(outcome, e.SourceFetched) and _nothing_new(release, activities, outcome):
                return own(release, outcome, e.ReleaseUnchanged(attempt=outcome.attempt, commit=outcome.commit))
            return own(release, outcome)
        case c.Reserve(attempt=attempt):
            _fenced(release, attempt, RESERVE)
            return reserve(release, activities, attempt)
        case c.Publish(attempt=attempt):
            _fenced(release, attempt, PUBLISH)
            return publish(release, activities, attempt)


def _announce(release: ReleaseState, command: c.Announce) -> tuple[Entry, ...]:
    if release.hold == "operator":
        raise NotNow("an operator has withdrawn this release and put it on hold, which an operator has to lift first")
    if release.hold and command.trigger not in ("published", "reconciled"):
        raise NotNow("this release was withdrawn on its host; publish it there again to lift that")
    if command.trigger == "edited" and release.published:
        raise NotNow("this release is published already; editing it changes nothing here")
    if command.trigger in ("retry", "rebuild") and release.open:
        raise NotNow("a run of this release is on its way; wait for its end, or end it with `aslo release cancel`")
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
        return own(release, announced)
    replaced = e.ReleaseCancelled(by="aslo", reason="a newer delivery for the same release took its place")
    return (*own(release, replaced), *freed(release), *own(release, announced))


def _cancel(release: ReleaseState, command: c.Cancel) -> tuple[Entry, ...]:
    if release.run == 0:
        raise NotNow("nothing is known here of this release, so there is nothing to cancel")
    if release.ended == "cancelled":
        raise NotNow("this release is cancelled already")
    if release.ended is not None:
        raise NotNow(f"nothing of this release is on its way: its last run has ended, {release.ended}")
    return (*own(release, e.ReleaseCancelled(by=command.by, reason=command.reason)), *freed(release))


def _withdraw(release: ReleaseState, activities: Mapping[str, ActivityState], command: c.Withdraw) -> tuple[Entry, ...]:
    if release.run == 0:
        raise NotNow("nothing is known here of this release, so there is nothing to withdraw")
    if release.hold in (command.hold, "operator"):
        raise NotNow("this release is withdrawn already")
    versions = []
    for activity, was in _versions(release, activities):
        # An operator's hold takes the place of the host's, and nothing takes its place.
        if was.live or was.hold not in (command.hold, "operator"):
            event = e.VersionWithdrawn(
                release=release.stream, version=was.version.text, by=command.by, reason=command.reason, hold=command.hold
            )
            versions.append(Entry(activity.stream, event))
    withdrawn = e.ReleaseWithdrawn(by=command.by, reason=command.reason, hold=command.hold)
    return (*own(release, withdrawn), *freed(release), *versions)


def _lift(release: ReleaseState, activities: Mapping[str, ActivityState], command: c.Lift) -> tuple[Entry, ...]:
    if release.run == 0:
        raise NotNow("nothing is known here of this release, so there is no hold to lift")
    versions = []
    for activity, was in _versions(release, activities):
        if was.hold:
            event = e.VersionLifted(release=release.stream, version=was.version.text, by=command.by, reason=command.reason)
            versions.append(Entry(activity.stream, event))
    if not release.hold and not versions:
        raise NotNow("this release is not on hold")
    return (*own(release, e.ReleaseLifted(by=command.by, reason=command.reason)), *versions)


def _versions(
    release: ReleaseState, activities: Mapping[str, ActivityState]
) -> Iterator[tuple[ActivityState, PublishedVersion]]:
    """The versions that this release published last, before any other release of the same bytes."""
    for published in (*release.published, *release.withdrawn):
        activity = activities[published.bundle_id]
        version = activity.published.get(published.version)
        if version is not None and version.release == release.stream:
            yield activity, version


def _abandon(release: ReleaseState, command: c.Abandon) -> tuple[Entry, ...]:
    step = _fenced(release, command.attempt)
    times = release.failures.count(ABANDONED) + 1
    if times < MAX_ATTEMPTS[ABANDONED]:
        return own(release, e.StepAbandoned(attempt=command.attempt, step=step, reason=command.reason))
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
    return own(release, failed)


def _set_aside(release: ReleaseState, command: c.SetAside) -> tuple[Entry, ...]:
    _fenced(release, command.attempt, INSPECT)
    asset = release.fetched.asset if release.fetched else None
    if asset is None or not release.takes_asset:
        raise LookupError(f"{release.stream}: there is no attached bundle to set aside")
    refused = e.AssetRefused(
        attempt=command.attempt, name=asset.name, rule=command.rule, found=command.found, cure=command.cure
    )
    return own(release, refused)


def _given_up(release: ReleaseState, step: str, kind: str, reason: str) -> tuple[Entry, ...]:
    failed = e.ReleaseFailed(attempt=release.attempt, step=step, kind=kind, reason=reason)
    return (*own(release, failed), *freed(release))


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


def _nothing_new(release: ReleaseState, activities: Mapping[str, ActivityState], fetched: e.SourceFetched) -> bool:
    """Whether this commit with this asset is what a version was made of that can be downloaded now."""
    asset = fetched.asset.blob if fetched.asset else None
    for published in release.published:
        if (published.commit, published.asset) == (fetched.commit, asset):
            version = activities[published.bundle_id].published.get(published.version)
            return version is not None and version.live
    return False
