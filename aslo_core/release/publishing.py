"""What a run does to the stream of its activity: reserve a version, publish it, free it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from aslo_core import events as e
from aslo_core.bundle.versions import Version
from aslo_core.log import Entry
from aslo_core.release.activity import ActivityState, activity_stream, check_reservable
from aslo_core.release.state import ReleaseState
from aslo_core.types import Blob


def reserve(release: ReleaseState, activities: Mapping[str, ActivityState], attempt: int) -> tuple[Entry, ...]:
    """Hold the inspected version for the release's newest run.

    Raises:
        Permanent, Transient: as `check_reservable`.
    """
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
    return (*own(release, cleared), Entry(activity.stream, reserved))


def publish(release: ReleaseState, activities: Mapping[str, ActivityState], attempt: int) -> tuple[Entry, ...]:
    """Publish the reserved version, with all that the catalogue shows of it.

    Raises:
        Permanent, Transient: as `check_reservable`.
    """
    inspected, bundle, fetched = release.inspected, release.bundle, release.fetched
    if inspected is None or bundle is None or fetched is None:
        raise LookupError(f"{release.stream}: publishing before storing")
    metadata, announcement = inspected.metadata, release.announcement
    activity = activities[metadata.bundle_id]
    held = activity.reservations.get(Version.parse(metadata.version))
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
    return (*own(release, published), Entry(activity.stream, version))


def _check(release: ReleaseState, activity: ActivityState, version: str, bundle: Blob) -> None:
    check_reservable(
        activity,
        release=release.stream,
        run=release.run,
        repository=release.announcement.repository,
        version=Version.parse(version),
        bundle=bundle,
    )


def freed(release: ReleaseState) -> tuple[Entry, ...]:
    """Free the version that the release's run has reserved, if any."""
    if not release.cleared or release.inspected is None:
        return ()
    metadata = release.inspected.metadata
    freed = e.VersionFreed(release=release.stream, run=release.run, version=metadata.version)
    return (Entry(activity_stream(metadata.bundle_id), freed),)


def own(release: ReleaseState, *events: e.Event) -> tuple[Entry, ...]:
    """Make entries for the release's own stream."""
    return tuple(Entry(release.stream, event) for event in events)
