"""Who may publish what: `activity/<bundle id>`."""

from __future__ import annotations

from aslo_core.events.event import Event, recorded
from aslo_core.types import Blob, IconPicture, Metadata, Person, Repository, Screenshot, TakenAsset, Value


@recorded("version.reserved")
class VersionReserved(Event):
    """A run may publish this version of the activity; nobody else may until it ends.

    Attributes:
        release: stream of the release.
        run: the run.
        repository: where it was released.
        version: as written.
        bundle: the bundle that it wants to publish.
        content_digest: as in `bundle.inspected`.
    """

    release: str
    run: int
    repository: Repository
    version: str
    bundle: Blob
    content_digest: str


@recorded("version.freed")
class VersionFreed(Event):
    """The run that had reserved the version ended otherwise than published.

    Attributes:
        release: stream of the release.
        run: the run.
        version: as written.
    """

    release: str
    run: int
    version: str


@recorded("version.published", version=2)
class VersionPublished(Event):
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
        icons: its icon as pictures, smallest first; may be none.
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
    icons: tuple[IconPicture, ...]
    screenshots: tuple[Screenshot, ...]
    storages: tuple[str, ...]

    @property
    def pictures(self) -> tuple[Blob, ...]:
        """All pictures: those of the icon, then the screenshots."""
        return (*(icon.image for icon in self.icons), *(screenshot.image for screenshot in self.screenshots))


@recorded("version.withdrawn")
class VersionWithdrawn(Event):
    """The version is in the catalogue no more; its page says why.

    Attributes:
        release: stream of the release that was withdrawn.
        version: as written.
        by: who did it: login on the host, or the operator's name; `hold` tells which.
        reason: why, in words.
        hold: who can lift it: `host` or `operator`.
    """

    release: str
    version: str
    by: str
    reason: str
    hold: str


@recorded("version.lifted")
class VersionLifted(Event):
    """The hold on a withdrawn version is lifted: any release of the activity's owner may publish the same bytes again.

    Attributes:
        release: stream of the release that had it before it was withdrawn.
        version: as written.
        by: the operator's name.
        reason: why, in words.
    """

    release: str
    version: str
    by: str
    reason: str


@recorded("activity.transferred")
class ActivityTransferred(Event):
    """The bundle id belongs to another repository from now on. What was published stays as it is.

    Attributes:
        owner: the repository that may publish it now.
        before: the one that could until now.
        by: the operator's name.
        reason: why, in words.
    """

    owner: Repository
    before: Repository
    by: str
    reason: str


class RestatedReservation(Value):
    """A version that a run holds.

    Attributes:
        release: stream of the release.
        run: the run.
        repository: where it was released: source and id alone.
        version: as written.
    """

    release: str
    run: int
    repository: Repository
    version: str


class RestatedVersion(Value):
    """A version that was published.

    Attributes:
        release: stream of the release that published it last.
        repository: where that was released: source and id alone.
        version: as written.
        bundle: the bundle.
        live: whether it can be downloaded.
        hold: who can lift the hold on a withdrawn one: `host` or `operator`; else empty.
    """

    release: str
    repository: Repository
    version: str
    bundle: Blob
    live: bool
    hold: str


@recorded("activity.restated")
class ActivityRestated(Event):
    """All that decisions on this activity rest on, without personal data. It takes the place of every event before it.

    Written just before the body of one of those is erased, so that owner, versions and holds outlive it.

    Attributes:
        owner: the repository that owns the bundle id, source and id alone; None before the first version.
        reservations: versions that are being published.
        published: versions that were, live or withdrawn.
    """

    owner: Repository | None
    reservations: tuple[RestatedReservation, ...]
    published: tuple[RestatedVersion, ...]
