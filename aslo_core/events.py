"""Every type of event, in one place: what can be written to the log.

Names are in the past tense and stable; a change of fields makes a new version, and the old one moves to `old_events.py` with
an upcaster. Personal data stands in bodies only, which can be erased; the log hashes them with a salt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import msgspec

from aslo_core.types import Announcement, Blob, Isolation, Person, Repository, Value

_TYPES: dict[tuple[str, int], type[Event]] = {}


class Event(Value):
    """Root of all event types. `@recorded` gives a subclass its stable name and its version."""

    event_name: ClassVar[str]
    event_version: ClassVar[int]


EventT = TypeVar("EventT", bound=Event)


def recorded(name: str, version: int = 1) -> Callable[[type[EventT]], type[EventT]]:
    """Name a type of event as it stands in the log, for good: `@recorded("release.withdrawn")`.

    Raises:
        TypeError: another type has that name and version already.
    """

    def name_it(cls: type[EventT]) -> type[EventT]:
        if (name, version) in _TYPES:
            raise TypeError(f"event {name} version {version} is defined twice: {_TYPES[name, version]} and {cls}")
        cls.event_name = name
        cls.event_version = version
        _TYPES[name, version] = cls
        return cls

    return name_it


_encoder = msgspec.json.Encoder(order="sorted")
_decoders: dict[tuple[str, int], msgspec.json.Decoder[Any]] = {}


def encode(event: Event) -> bytes:
    """Encode an event's body. These bytes are hashed once and never made again."""
    return _encoder.encode(event)


def decode(name: str, version: int, body: bytes) -> Event:
    """Decode a body of the named type.

    Raises:
        LookupError: the type is not known to this program, which is never to be skipped over.
    """
    decoder = _decoders.get((name, version))
    if decoder is None:
        if (name, version) not in _TYPES:
            raise LookupError(f"event type {name!r} version {version} is unknown: it was written by a newer ASLO")
        decoder = _decoders[name, version] = msgspec.json.Decoder(_TYPES[name, version])
    event: Event = decoder.decode(body)
    return event


def known_types() -> dict[tuple[str, int], type[Event]]:
    """All event types, by stable name and version."""
    return dict(_TYPES)


class Cause(Value):
    """Why and by whom something is appended; part of the hashed envelope, so no personal data.

    Attributes:
        source: the part of the system that appends, for example `intake/github` or `worker`; idempotency keys are unique
            within it.
        actor: opaque id of who asked, for example `host:github` or `operator`.
        correlation: id shared by all that follows from one delivery; empty lets the log use the first event's id.
        causation: id of the event that led to this one, or empty.
    """

    source: str
    actor: str
    correlation: str = ""
    causation: str = ""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it stands in the log.

    Attributes:
        position: index of the event's leaf in the whole log, from 0, without gaps.
        id: uuid7 in its canonical text form.
        stream: name of its stream.
        version: its number within the stream, from 1.
        recorded_us: when it was written, µs since 1970 UTC; never decreases.
        cause: why and by whom.
        key: idempotency key of its append, or empty.
        event: what happened, or None when its body was erased.
    """

    position: int
    id: str
    stream: str
    version: int
    recorded_us: int
    cause: Cause
    key: str
    event: Event | None


# --- deliveries: delivery/<source>/<delivery id> ------------------------------------------------------------------------


@recorded("delivery.accepted")
class DeliveryAccepted(Event):
    """A delivery started or changed something; `release` is the stream it went to.

    `body_digest` and `body_size` name the raw bytes that were signed.
    """

    trigger: str
    release: str
    repository: Repository
    tag: str
    body_digest: str
    body_size: int


@recorded("delivery.ignored")
class DeliveryIgnored(Event):
    """An authentic delivery started nothing, for this reason."""

    trigger: str
    reason: str
    body_digest: str
    body_size: int


@recorded("delivery.refused")
class DeliveryRefused(Event):
    """An authentic delivery could not be understood, for this reason."""

    reason: str
    body_digest: str
    body_size: int


# --- the life of a release: release/<source>/<repository id>/<release id> ------------------------------------------------


@recorded("release.announced")
class ReleaseAnnounced(Event):
    """A run begins.

    `run` counts the runs of this release from 1. `notifiers` and `storages` are the instances in force, so that a replay shows
    what was true then.
    """

    run: int
    trigger: str
    announcement: Announcement
    builder: str
    notifiers: tuple[str, ...]
    storages: tuple[str, ...]


@recorded("step.claimed")
class StepClaimed(Event):
    """A worker took a step. `attempt` is the fencing token: it grows over the whole stream, and only the newest counts."""

    attempt: int
    step: str
    worker: str


@recorded("step.failed")
class StepFailed(Event):
    """An attempt came to nothing but another may not; due again at `retry_at_us`."""

    attempt: int
    step: str
    kind: str
    error: str
    retry_at_us: int


@recorded("step.abandoned")
class StepAbandoned(Event):
    """An attempt's worker is gone; the step is due at once."""

    attempt: int
    step: str
    reason: str


class TakenAsset(Value):
    """The attached bundle that was chosen: the file's name as the developer gave it, and its bytes."""

    name: str
    blob: Blob


@recorded("source.fetched")
class SourceFetched(Event):
    """The commit and the attached bundle of this run, as the host had them.

    `source` names the tar archive handed to the builder, `tree_digest` the content of the commit's files (sha256 over lines
    `<sha256>  <path>`); `warnings` name the translations that were left out since no program could read them.
    """

    attempt: int
    commit: str
    tree_digest: str
    files: int
    source: Blob
    asset: TakenAsset | None
    contributors: tuple[Person, ...]
    warnings: tuple[str, ...]


@recorded("bundle.built")
class BundleBuilt(Event):
    """A builder made the bundle."""

    attempt: int
    builder: str
    isolation: Isolation
    bundle: Blob
    seconds: float


@recorded("bundle.taken")
class BundleTaken(Event):
    """The attached bundle is used as it is."""

    attempt: int
    name: str
    bundle: Blob


class Translation(Value):
    """Name and summary of an activity in one language (`pt_BR`, `es`, …); empty where not translated."""

    language: str
    name: str = ""
    summary: str = ""


class Screenshot(Value):
    """A picture of the activity at work, from the source's `screenshots/<language>/`."""

    language: str
    image: Blob
    width: int
    height: int


class Metadata(Value):
    """What a bundle says of itself, and what was found in it.

    Attributes:
        version: as written, for example `108.1`.
        min_sugar: lowest version of Sugar it runs on, for example `0.96`.
        toolkit: `web`, `gtk3`, `gtk2` or `gtk2-old-toolbar`.
        icon: the icon as cleaned SVG.
        tags: what it is about, in the author's words.
        file_name: name of the bundle's file for people, for example `Browse-108.1.xo`.
    """

    bundle_id: str
    name: str
    version: str
    toolkit: str
    min_sugar: str
    icon: str
    file_name: str
    summary: str = ""
    description: str = ""
    license: str = ""
    url: str = ""
    repository: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    mime_types: tuple[str, ...] = ()
    max_participants: int = 1
    single_instance: bool = False
    translations: tuple[Translation, ...] = ()


@recorded("bundle.inspected")
class BundleInspected(Event):
    r"""The bundle keeps all rules.

    `content_digest` is sha256 over the lines `<sha256 of the bytes>  <path>\n`, sorted bytewise by path, without `.mo` files.
    """

    attempt: int
    metadata: Metadata
    content_digest: str
    entries: int
    screenshots: tuple[Screenshot, ...]
    warnings: tuple[str, ...]


@recorded("version.cleared")
class VersionCleared(Event):
    """The activity's stream holds this version for this run; written together with `version.reserved`."""

    attempt: int
    bundle_id: str
    version: str


@recorded("bundle.stored")
class BundleStored(Event):
    """A storage has the bundle and its pictures."""

    attempt: int
    storage: str
    objects: tuple[Blob, ...]


@recorded("release.published")
class ReleasePublished(Event):
    """Terminal: the bundle can be downloaded; written together with `version.published`."""

    attempt: int
    bundle_id: str
    version: str
    bundle: Blob


@recorded("release.unchanged")
class ReleaseUnchanged(Event):
    """Terminal: commit and attached bundle are those already published; nothing new."""

    attempt: int
    commit: str


@recorded("release.rejected")
class ReleaseRejected(Event):
    """Terminal: a rule is broken; the developer can mend it."""

    attempt: int
    step: str
    rule: str
    found: str
    cure: str


@recorded("release.failed")
class ReleaseFailed(Event):
    """Terminal: it could not be done, through no fault of the developer's; operators are alarmed."""

    attempt: int
    step: str
    reason: str


@recorded("release.cancelled")
class ReleaseCancelled(Event):
    """Terminal: the run was ended by hand, or replaced by a newer one."""

    by: str
    reason: str


@recorded("release.withdrawn")
class ReleaseWithdrawn(Event):
    """Terminal: taken back; `hold` says who can lift it: `host` or `operator`."""

    by: str
    reason: str
    hold: str


# --- who may publish what: activity/<bundle_id> --------------------------------------------------------------------------


@recorded("version.reserved")
class VersionReserved(Event):
    """A run may publish this version of the activity; nobody else may until it ends."""

    release: str
    run: int
    repository: Repository
    version: str
    bundle: Blob
    content_digest: str


@recorded("version.freed")
class VersionFreed(Event):
    """The run that had reserved the version ended otherwise than published."""

    release: str
    run: int
    version: str


@recorded("version.published")
class VersionPublished(Event):
    """The activity has this version. The first one makes its repository the owner of the bundle id.

    Carries all that the catalogue shows, so that the catalogue is derived from activities' streams alone.
    """

    release: str
    run: int
    repository: Repository
    version: str
    bundle: Blob
    content_digest: str
    commit: str
    tag: str
    title: str
    notes: str
    prerelease: bool
    author: Person
    contributors: tuple[Person, ...]
    metadata: Metadata
    screenshots: tuple[Screenshot, ...]
    storages: tuple[str, ...]


@recorded("version.withdrawn")
class VersionWithdrawn(Event):
    """The version is in the catalogue no more; its page says why."""

    release: str
    version: str
    by: str
    reason: str
    hold: str


# --- what developers were told: notice/<release> -------------------------------------------------------------------------


@recorded("notice.sent")
class NoticeSent(Event):
    """A notifier told about the event of id `about`."""

    about: str
    notifier: str
    kind: str
    url: str


@recorded("notice.failed")
class NoticeFailed(Event):
    """A notifier could not; due again at `retry_at_us`, or never when that is None."""

    about: str
    notifier: str
    kind: str
    tries: int
    error: str
    retry_at_us: int | None


# --- the log's own -------------------------------------------------------------------------------------------------------


@recorded("body.erased")
class BodyErased(Event):
    """The body of the event of id `erased` was removed for good; its leaf stays."""

    erased: str
    reason: str
