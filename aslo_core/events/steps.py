"""The steps of a run, on the release's stream: `release/<source>/<repository id>/<release id>`."""

from __future__ import annotations

from aslo_core.events.event import Event, recorded
from aslo_core.plain_text import shown
from aslo_core.types import Blob, BuildLimits, IconPicture, Isolation, Metadata, Person, Screenshot, TakenAsset, Toolchain


@recorded("step.claimed")
class StepClaimed(Event):
    """A worker took a step.

    Attributes:
        attempt: the fencing token: it grows over the whole stream, and only the newest counts.
        step: `fetch`, `build`, `take`, `inspect`, `reserve`, `store:<storage>` or `publish`.
        worker: tells workers apart.
    """

    attempt: int
    step: str
    worker: str


@recorded("step.failed")
class StepFailed(Event):
    """An attempt came to nothing but another may not.

    Attributes:
        attempt: which one.
        step: what it was at.
        kind: whose fault it is: `transient` (a peer's, or the configuration's) or `internal` (ASLO's own).
        error: what happened, in words.
        retry_at_us: when the step is due again.
    """

    attempt: int
    step: str
    kind: str
    error: str
    retry_at_us: int


@recorded("step.abandoned")
class StepAbandoned(Event):
    """An attempt's worker is gone; the step is due at once.

    Attributes:
        attempt: which one.
        step: what it was at.
        reason: how that is known.
    """

    attempt: int
    step: str
    reason: str


@recorded("source.fetched")
class SourceFetched(Event):
    r"""The commit and the attached bundle of this run, as the host had them.

    Attributes:
        attempt: the attempt that fetched them.
        address: where git fetched from, without any secret.
        commit: full name of the commit that the tag points to, peeled.
        tag_object: full name of the annotated tag itself, or empty for a tag that is only a name of the commit.
        tree_digest: sha256 over the lines `<sha256>  <path>\n` of all tracked files, sorted bytewise by path.
        files: number of files in `source`.
        source: the tar archive that is handed to the builder.
        asset: the attached file that is the bundle, or None when it is to be built.
        contributors: who wrote it, most active first.
        warnings: a sentence for each translation that is not in `source`, since no program could read it.
    """

    attempt: int
    address: str
    commit: str
    tag_object: str
    tree_digest: str
    files: int
    source: Blob
    asset: TakenAsset | None
    contributors: tuple[Person, ...]
    warnings: tuple[str, ...]


@recorded("bundle.built")
class BundleBuilt(Event):
    """A builder made the bundle.

    Attributes:
        attempt: the attempt that built it.
        builder: the builder's instance.
        toolchain: what it was made with.
        isolation: how the build was kept from the host.
        limits: what it was allowed to use.
        bundle: the bundle.
        seconds: how long it took.
    """

    attempt: int
    builder: str
    toolchain: Toolchain
    isolation: Isolation
    limits: BuildLimits
    bundle: Blob
    seconds: float


@recorded("bundle.taken")
class BundleTaken(Event):
    """The attached bundle is used as it is.

    Attributes:
        attempt: the attempt that took it.
        name: the attached file's name, as the developer gave it.
        bundle: the bundle.
    """

    attempt: int
    name: str
    bundle: Blob


@recorded("asset.refused")
class AssetRefused(Event):
    """The attached bundle breaks a rule and is not used; the bundle is built from the source in its place.

    Attributes:
        attempt: the attempt that found that out.
        name: the attached file's name, as the developer gave it.
        rule: stable code of the rule, for example `bundle.icon-missing`.
        found: what was found, in words.
        cure: what the developer can do, in words.
    """

    attempt: int
    name: str
    rule: str
    found: str
    cure: str

    @property
    def warning(self) -> str:
        """What the developer is told."""
        broken = f"{self.found} {self.cure}"
        return f"The attached {shown(self.name)} is not used ({self.rule}), and the bundle is built from the source: {broken}"


@recorded("bundle.inspected", version=2)
class BundleInspected(Event):
    r"""The bundle keeps all rules.

    Attributes:
        attempt: the attempt that inspected it.
        metadata: what it says of itself.
        content_digest: sha256 over the lines `<sha256 of the bytes>  <path>\n`, sorted bytewise by path, without `.mo` files.
        entries: number of files in the bundle.
        icons: its icon as pictures, smallest first; none where it cannot be drawn.
        screenshots: pictures of the activity, from the source.
        warnings: what should be looked at, a sentence each.
    """

    attempt: int
    metadata: Metadata
    content_digest: str
    entries: int
    icons: tuple[IconPicture, ...]
    screenshots: tuple[Screenshot, ...]
    warnings: tuple[str, ...]

    @property
    def pictures(self) -> tuple[Blob, ...]:
        """All pictures: those of the icon, then the screenshots."""
        return (*(icon.image for icon in self.icons), *(screenshot.image for screenshot in self.screenshots))


@recorded("version.cleared")
class VersionCleared(Event):
    """The activity's stream holds this version for this run; written together with `version.reserved`.

    Attributes:
        attempt: the attempt that reserved it.
        bundle_id: the activity.
        version: as written.
    """

    attempt: int
    bundle_id: str
    version: str


@recorded("bundle.stored", version=2)
class BundleStored(Event):
    """A storage has the bundle and its pictures.

    Attributes:
        attempt: the attempt that stored them.
        storage: the storage's instance.
        objects: what it has: the bundle first, then the pictures.
        address: public address of the bundle there, or empty where there is none that lasts: a signed one is never recorded.
        verified: how each object was read back and hashed: `backend` or `public`; `storage` where only the storage itself
            vouches for them.
    """

    attempt: int
    storage: str
    objects: tuple[Blob, ...]
    address: str
    verified: str
