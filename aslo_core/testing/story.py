"""Lives of releases as events in a real log: for tests of all that reads the log, and for looking at pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from aslo_core import events as e
from aslo_core.log import Entry, EventLog
from aslo_core.testing import values
from aslo_core.types import Announcement, Blob, IconPicture, Isolation, Metadata, Person, Screenshot, TakenAsset

CAUSE = e.Cause(source="story", actor="test")
COMMIT = "5f0c8a1e" * 5
WORKER = "builder-1/4711"


@dataclass(frozen=True)
class Made:
    """What a told release published.

    Attributes:
        metadata: what its bundle says of itself.
        bundle: its bytes' name.
        icons: its icon as pictures.
        screenshots: pictures of it.
        contributors: who wrote it.
        warnings: what it was warned of at inspection.
        asset: the attached file that the bundle is, or None when it was built.
    """

    metadata: Metadata = field(default_factory=values.metadata)
    bundle: Blob = field(default_factory=values.blob)
    icons: tuple[IconPicture, ...] = ()
    screenshots: tuple[Screenshot, ...] = ()
    contributors: tuple[Person, ...] = ()
    warnings: tuple[str, ...] = ()
    asset: TakenAsset | None = None


class Story:
    """Tells of releases, in the order of the calls.

    Args:
        log: where the events go; the caller closes it.
        storages: instances that each release is stored in.
        notifiers: instances that each release is told by.
    """

    def __init__(
        self, log: EventLog, *, storages: tuple[str, ...] = ("main",), notifiers: tuple[str, ...] = ("github",)
    ) -> None:
        self.log = log
        self.storages = storages
        self.notifiers = notifiers
        self._attempt: dict[str, int] = {}
        self._run: dict[str, int] = {}

    def happened(self, stream: str, *events: e.Event) -> tuple[e.Recorded, ...]:
        """Append events to one stream, all at once."""
        return self.log.append([Entry(stream, event) for event in events], cause=CAUSE).events

    def together(self, entries: Iterable[tuple[str, e.Event]]) -> tuple[e.Recorded, ...]:
        """Append events to several streams, all at once."""
        return self.log.append([Entry(stream, event) for stream, event in entries], cause=CAUSE).events

    def announced(self, release: Announcement, trigger: str = "published", *, delivery: str = "") -> e.Recorded:
        """A delivery opens a run; returns `release.announced`."""
        run = self._run[release.stream] = self._run.get(release.stream, 0) + 1
        accepted = e.DeliveryAccepted(
            trigger=trigger,
            release=release.stream,
            repository=release.repository,
            tag=release.tag,
            body_digest=values.blob(release.stream).digest,
            body_size=7211,
        )
        announced = e.ReleaseAnnounced(
            run=run,
            trigger=trigger,
            announcement=release,
            builder="sandbox",
            notifiers=self.notifiers,
            storages=self.storages,
        )
        stream = f"delivery/{release.repository.source}/{delivery or f'{release.release_id}-{run}'}"
        return self.together([(stream, accepted), (release.stream, announced)])[-1]

    def claimed(self, release: Announcement, step: str) -> int:
        """A worker takes a step; returns the attempt's number."""
        attempt = self._attempt[release.stream] = self._attempt.get(release.stream, 0) + 1
        self.happened(release.stream, e.StepClaimed(attempt=attempt, step=step, worker=WORKER))
        return attempt

    def fetched(self, release: Announcement, made: Made, warnings: tuple[str, ...] = ()) -> e.Recorded:
        """The source is fetched; returns `source.fetched`."""
        fetched = values.fetched(self.claimed(release, "fetch"), commit=COMMIT)
        with_people = msgspec.structs.replace(fetched, contributors=made.contributors, warnings=warnings)
        return self.happened(release.stream, with_people)[0]

    def built(self, release: Announcement, made: Made) -> None:
        """The bundle is built."""
        attempt = self.claimed(release, "build")
        isolation = Isolation(level="sandbox", detail="bubblewrap 0.8.0")
        built = msgspec.structs.replace(values.built(attempt, made.bundle), isolation=isolation, seconds=1.42)
        self.happened(release.stream, built)

    def inspected(self, release: Announcement, made: Made) -> None:
        """The bundle keeps all rules."""
        event = e.BundleInspected(
            attempt=self.claimed(release, "inspect"),
            metadata=made.metadata,
            content_digest="d" * 64,
            entries=37,
            icons=made.icons,
            screenshots=made.screenshots,
            warnings=made.warnings,
        )
        self.happened(release.stream, event)

    def published(self, release: Announcement, made: Made) -> tuple[e.Recorded, ...]:
        """Everything from the announcement to the publication; returns the events of the publication."""
        self.announced(release)
        self.fetched(release, made)
        self.built(release, made)
        self.inspected(release, made)
        about = made.metadata
        activity = f"activity/{about.bundle_id}"
        run = self._run[release.stream]
        attempt = self.claimed(release, "reserve")
        reserved = e.VersionReserved(
            release=release.stream,
            run=run,
            repository=release.repository,
            version=about.version,
            bundle=made.bundle,
            content_digest="d" * 64,
        )
        cleared = e.VersionCleared(attempt=attempt, bundle_id=about.bundle_id, version=about.version)
        self.together([(release.stream, cleared), (activity, reserved)])
        for storage in self.storages:
            attempt = self.claimed(release, f"store:{storage}")
            objects = (made.bundle, *(icon.image for icon in made.icons), *(shot.image for shot in made.screenshots))
            stored = e.BundleStored(attempt=attempt, storage=storage, objects=objects, address="", verified="backend")
            self.happened(release.stream, stored)
        attempt = self.claimed(release, "publish")
        ended = e.ReleasePublished(attempt=attempt, bundle_id=about.bundle_id, version=about.version, bundle=made.bundle)
        return self.together([(release.stream, ended), (activity, self._version(release, made))])

    def withdrawn(self, release: Announcement, made: Made, reason: str, *, by: str = "ada", hold: str = "host") -> None:
        """A published release is taken back."""
        ended = e.ReleaseWithdrawn(by=by, reason=reason, hold=hold)
        version = e.VersionWithdrawn(release=release.stream, version=made.metadata.version, by=by, reason=reason, hold=hold)
        self.together([(release.stream, ended), (f"activity/{made.metadata.bundle_id}", version)])

    def _version(self, release: Announcement, made: Made) -> e.VersionPublished:
        return e.VersionPublished(
            release=release.stream,
            run=self._run[release.stream],
            repository=release.repository,
            version=made.metadata.version,
            bundle=made.bundle,
            content_digest="d" * 64,
            asset=made.asset,
            commit=COMMIT,
            tag=release.tag,
            title=release.title,
            notes=release.notes,
            prerelease=release.prerelease,
            url=release.url,
            author=release.author,
            contributors=made.contributors,
            metadata=made.metadata,
            icons=made.icons,
            screenshots=made.screenshots,
            storages=self.storages,
        )
