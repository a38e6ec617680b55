"""Versions of events that are no longer appended, each with the pure function that brings it to the next one.

Here belongs what `aslo_core/events` and the values in it once were: a class `Retired` for each, with its golden file in
`tests/events/golden` as it was written. Values that changed are kept here as well, as they were. CONTRIBUTING.md says how a
version is added; nothing that was released is ever removed.
"""

from __future__ import annotations

from aslo_core.events.activities import VersionPublished
from aslo_core.events.event import Retired, recorded
from aslo_core.events.runs import ReleaseRestated, RestatedPublication
from aslo_core.events.steps import BundleInspected, BundleStored
from aslo_core.types import Blob, Metadata, Person, Repository, Screenshot, TakenAsset


@recorded("bundle.inspected", version=1)
class BundleInspectedV1(Retired):
    r"""The bundle keeps all rules.

    Attributes:
        attempt: the attempt that inspected it.
        metadata: what it says of itself.
        content_digest: sha256 over the lines `<sha256 of the bytes>  <path>\n`, sorted bytewise by path, without `.mo` files.
        entries: number of files in the bundle.
        screenshots: pictures of the activity, from the source.
        warnings: what should be looked at, a sentence each.
    """

    attempt: int
    metadata: Metadata
    content_digest: str
    entries: int
    screenshots: tuple[Screenshot, ...]
    warnings: tuple[str, ...]

    def upcast(self) -> BundleInspected:
        """Without pictures of the icon, which were not made then."""
        return BundleInspected(
            attempt=self.attempt,
            metadata=self.metadata,
            content_digest=self.content_digest,
            entries=self.entries,
            icons=(),
            screenshots=self.screenshots,
            warnings=self.warnings,
        )


@recorded("version.published", version=1)
class VersionPublishedV1(Retired):
    """The activity has this version. The first one makes its repository the owner of the bundle id.

    Carries all that the catalogue shows, so that the catalogue is derived from activities' streams alone.

    Attributes:
        release: stream of the release.
        run: the run that published it.
        repository: where it was released.
        version: as written.
        bundle: the bundle.
        content_digest: as in `bundle.inspected`.
        asset: the attached file that the bundle is, byte for byte, or None when it was built of the commit.
        commit: full name of the commit.
        tag: the release's tag.
        title: the release's title, may be empty.
        notes: release notes, Markdown as written.
        prerelease: whether the developer marked it so.
        url: address of the release's page on its host, or empty.
        author: who released it.
        contributors: who wrote it, most active first.
        metadata: what the bundle says of itself.
        screenshots: pictures of the activity.
        storages: instances of the storages that have it.
    """

    release: str
    run: int
    repository: Repository
    version: str
    bundle: Blob
    content_digest: str
    asset: TakenAsset | None
    commit: str
    tag: str
    title: str
    notes: str
    prerelease: bool
    url: str
    author: Person
    contributors: tuple[Person, ...]
    metadata: Metadata
    screenshots: tuple[Screenshot, ...]
    storages: tuple[str, ...]

    def upcast(self) -> VersionPublished:
        """Without pictures of the icon, which were not made then."""
        return VersionPublished(
            release=self.release,
            run=self.run,
            repository=self.repository,
            version=self.version,
            bundle=self.bundle,
            content_digest=self.content_digest,
            asset=self.asset,
            commit=self.commit,
            tag=self.tag,
            title=self.title,
            notes=self.notes,
            prerelease=self.prerelease,
            url=self.url,
            author=self.author,
            contributors=self.contributors,
            metadata=self.metadata,
            icons=(),
            screenshots=self.screenshots,
            storages=self.storages,
        )


@recorded("bundle.stored", version=1)
class BundleStoredV1(Retired):
    """A storage has the bundle and its pictures.

    Attributes:
        attempt: the attempt that stored them.
        storage: the storage's instance.
        objects: what it has: the bundle first, then the pictures.
        address: public address of the bundle there, or empty where only ASLO itself can serve it.
    """

    attempt: int
    storage: str
    objects: tuple[Blob, ...]
    address: str

    def upcast(self) -> BundleStored:
        """On the storage's own word: the core did not read it back then."""
        return BundleStored(
            attempt=self.attempt, storage=self.storage, objects=self.objects, address=self.address, verified="storage"
        )


@recorded("release.restated", version=1)
class ReleaseRestatedV1(Retired):
    """Where a release stands whose newest run has ended, without personal data; written just before a body is erased.

    Attributes:
        run: number of its newest run.
        attempt: number of its last attempt.
        ended: how that run ended: `published`, `unchanged`, `rejected`, `failed`, `cancelled` or `withdrawn`.
        hold: who can lift the hold on a withdrawn one: `host` or `operator`; else empty.
        published: what it has in the catalogue, the newest last.
    """

    run: int
    attempt: int
    ended: str
    hold: str
    published: tuple[RestatedPublication, ...]

    def upcast(self) -> ReleaseRestated:
        """Without what was withdrawn: a hold on that is lifted by its activity and version."""
        return ReleaseRestated(
            run=self.run, attempt=self.attempt, ended=self.ended, hold=self.hold, published=self.published, withdrawn=()
        )
