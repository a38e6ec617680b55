"""The rows of the catalogue: activities, their versions, and the pictures of these."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

from aslo_core.projections.columns import Packed
from aslo_core.types import Blob, IconPicture, Metadata, Person, Repository, Screenshot, TakenAsset, Value

tables = MetaData()

activities = Table(
    "activity",
    tables,
    Column("bundle_id", String, primary_key=True),
    Column("repository", Packed[Repository](Repository), nullable=False),
    Column("latest", String),
    Column("latest_us", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("icon", String, nullable=False),
    Index("activity_newest", "position"),
    Index("activity_alphabetical", "name_key", "bundle_id"),
)
"""`latest` is None while every version is withdrawn; `position`, `name`, `summary` and `icon` are those of the latest one."""

versions = Table(
    "activity_version",
    tables,
    Column("bundle_id", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("sort_key", String, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("published_us", BigInteger, nullable=False),
    Column("release", String, nullable=False),
    Column("run", Integer, nullable=False),
    Column("repository", Packed[Repository](Repository), nullable=False),
    Column("bundle", Packed[Blob](Blob), nullable=False),
    Column("content_digest", String, nullable=False),
    Column("asset", Packed[TakenAsset](TakenAsset)),
    Column("commit", String, nullable=False),
    Column("tag", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("prerelease", Boolean, nullable=False),
    Column("url", Text, nullable=False),
    Column("author", Packed[Person](Person), nullable=False),
    Column("contributors", Packed[tuple[Person, ...]](tuple[Person, ...]), nullable=False),
    Column("metadata", Packed[Metadata](Metadata), nullable=False),
    Column("icon", String, nullable=False),
    Column("icons", Packed[tuple[IconPicture, ...]](tuple[IconPicture, ...]), nullable=False),
    Column("screenshots", Packed[tuple[Screenshot, ...]](tuple[Screenshot, ...]), nullable=False),
    Column("storages", Packed[tuple[str, ...]](tuple[str, ...]), nullable=False),
    Column("withdrawn_us", BigInteger),
    Column("withdrawn_by", String, nullable=False),
    Column("withdrawn_reason", Text, nullable=False),
    Column("hold", String, nullable=False),
    Index("version_icon", "icon"),
)

icons = Table(
    "icon",
    tables,
    Column("digest", String, primary_key=True),
    Column("svg", Text, nullable=False),
)

pictures = Table(
    "picture",
    tables,
    Column("digest", String, primary_key=True),
    Column("bundle_id", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("image", Packed[Blob](Blob), nullable=False),
)


class ActivityRow(Value):
    """An activity as a list shows it.

    Attributes:
        bundle_id: its id.
        repository: its owner: the repository that published it first, or that an operator gave it to.
        latest: its latest version as written.
        latest_us: when that was published.
        position: position in the log of that version.
        name: its name in that version.
        summary: its summary in that version, may be empty.
        icon: SHA-256 of its icon in that version.
    """

    bundle_id: str
    repository: Repository
    latest: str
    latest_us: int
    position: int
    name: str
    summary: str
    icon: str


class VersionRow(Value):
    """One version of an activity, with all that its page shows.

    Attributes:
        bundle_id: the activity's id.
        version: as written.
        position: position in the log of its publication.
        published_us: when it was published.
        release: stream of its release.
        run: the run that published it.
        repository: where it was released.
        bundle: the file to download.
        content_digest: digest of what is inside the bundle.
        asset: the attached file that the bundle is, or None when it was built of the commit.
        commit: full name of the commit.
        tag: the release's tag.
        title: the release's title, may be empty.
        notes: release notes, Markdown as written: untrusted.
        prerelease: whether its developer marked it so.
        url: address of the release's page on its host, or empty: untrusted.
        author: who released it.
        contributors: who wrote it.
        metadata: what the bundle says of itself; its `icon` is empty here.
        icon: SHA-256 of the icon's text.
        icons: its icon as pictures, smallest first; may be none.
        screenshots: pictures of it.
        storages: storages that had it when it was published.
        withdrawn_us: when it was withdrawn, or None.
        withdrawn_by: who withdrew it.
        withdrawn_reason: why.
        hold: who can lift the withdrawal: `host` or `operator`.
    """

    bundle_id: str
    version: str
    position: int
    published_us: int
    release: str
    run: int
    repository: Repository
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
    icon: str
    icons: tuple[IconPicture, ...]
    screenshots: tuple[Screenshot, ...]
    storages: tuple[str, ...]
    withdrawn_us: int | None
    withdrawn_by: str
    withdrawn_reason: str
    hold: str

    @property
    def objects(self) -> tuple[Blob, ...]:
        """Everything that storages keep of it: the bundle, then the pictures of its icon, then the screenshots."""
        pictures = (*(icon.image for icon in self.icons), *(screenshot.image for screenshot in self.screenshots))
        return (self.bundle, *pictures)


class VersionBrief(Value):
    """A version in a list of versions.

    Attributes:
        version: as written.
        published_us: when it was published.
        prerelease: whether its developer marked it so.
        withdrawn: whether it was taken back.
        tag: the release's tag.
        size: of the bundle, in bytes.
    """

    version: str
    published_us: int
    prerelease: bool
    withdrawn: bool
    tag: str
    size: int
