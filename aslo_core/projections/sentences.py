"""What an event says to people, in one sentence."""

from __future__ import annotations

from functools import singledispatch

from aslo_core.events import (
    ActivityRestated,
    BodyErased,
    BundleBuilt,
    BundleInspected,
    BundleStored,
    BundleTaken,
    DeliveryAccepted,
    DeliveryIgnored,
    DeliveryRefused,
    Event,
    NoticeFailed,
    NoticeSent,
    ReleaseAnnounced,
    ReleaseCancelled,
    ReleaseFailed,
    ReleasePublished,
    ReleaseRejected,
    ReleaseRestated,
    ReleaseUnchanged,
    ReleaseWithdrawn,
    SourceFetched,
    StepAbandoned,
    StepClaimed,
    StepFailed,
    VersionCleared,
    VersionFreed,
    VersionPublished,
    VersionReserved,
    VersionWithdrawn,
)
from aslo_core.types import Repository

_LONGEST = 2000


def sentence(event: Event) -> str:
    """Say what happened. Holds texts of developers as they are, cut at 2,000 characters: escape it where it is shown."""
    text = _say(event)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


@singledispatch
def _say(event: Event) -> str:
    return event.event_name


@_say.register
def _(event: ReleaseAnnounced) -> str:
    by = event.announcement.author.login
    return f"Release {event.announcement.tag} was announced ({event.trigger})" + (f" by {by}." if by else ".")


@_say.register
def _(event: StepClaimed) -> str:
    return f"Attempt {event.attempt} began: {event.step}, on {event.worker}."


@_say.register
def _(event: StepFailed) -> str:
    return f"Attempt {event.attempt} at {event.step} came to nothing and will be repeated: {event.error}"


@_say.register
def _(event: StepAbandoned) -> str:
    return f"Attempt {event.attempt} at {event.step} was given up and will be repeated: {event.reason}"


@_say.register
def _(event: SourceFetched) -> str:
    asset = f", with the attached bundle {event.asset.name}" if event.asset else ""
    return f"Commit {event.commit[:12]} was fetched: {_count(event.files, 'file')}{asset}."


@_say.register
def _(event: BundleBuilt) -> str:
    how = f"{event.isolation.level}: {event.isolation.detail}" if event.isolation.detail else event.isolation.level
    return f"The bundle was built by {event.builder} in {event.seconds:.1f} s ({how}): {event.bundle.size:,} bytes."


@_say.register
def _(event: BundleTaken) -> str:
    return f"The attached bundle {event.name} is taken as it is: {event.bundle.size:,} bytes."


@_say.register
def _(event: BundleInspected) -> str:
    metadata = event.metadata
    warned = f", {_count(len(event.warnings), 'warning')}" if event.warnings else ""
    return f"The bundle keeps all rules: {metadata.name} {metadata.version}, {_count(event.entries, 'file')}{warned}."


@_say.register
def _(event: VersionCleared) -> str:
    return f"Version {event.version} of {event.bundle_id} is reserved for this release."


@_say.register
def _(event: BundleStored) -> str:
    return f"Storage {event.storage} keeps the bundle ({_count(len(event.objects), 'object')})."


@_say.register
def _(event: ReleasePublished) -> str:
    return f"Version {event.version} of {event.bundle_id} is published."


@_say.register
def _(event: ReleaseUnchanged) -> str:
    return f"Nothing is new: commit {event.commit[:12]} and its attached bundle are published already."


@_say.register
def _(event: ReleaseRejected) -> str:
    return f"Rejected at {event.step}: {event.found} {event.cure} ({event.rule})"


@_say.register
def _(event: ReleaseFailed) -> str:
    return f"Failed at {event.step}, through no fault of the release: {event.reason}"


@_say.register
def _(event: ReleaseCancelled) -> str:
    return f"Cancelled by {event.by}: {event.reason}"


@_say.register
def _(event: ReleaseWithdrawn) -> str:
    return f"Withdrawn by {event.by}: {event.reason}"


@_say.register
def _(event: ReleaseRestated) -> str:
    return f"Before an erasure: run {event.run} of this release has ended, {event.ended}{_held(event.hold)}."


@_say.register
def _(event: DeliveryAccepted) -> str:
    tag = f" of {event.tag}" if event.tag else ""
    return f"A delivery ({event.trigger}{tag}) from {_repository(event.repository)} was accepted, for {event.release}."


@_say.register
def _(event: DeliveryIgnored) -> str:
    whence = f" from {_repository(event.repository)}" if event.repository else ""
    return f"A delivery ({event.trigger}){whence} was ignored: {event.reason}"


@_say.register
def _(event: DeliveryRefused) -> str:
    return f"A delivery was refused: {event.reason}"


@_say.register
def _(event: VersionReserved) -> str:
    return f"Version {event.version} is reserved for run {event.run} of {event.release}, from {_repository(event.repository)}."


@_say.register
def _(event: VersionFreed) -> str:
    return f"Version {event.version} is free again: run {event.run} of {event.release} ended without publishing it."


@_say.register
def _(event: VersionPublished) -> str:
    bundle = f"{event.bundle.size:,} bytes, sha256 {event.bundle.digest}"
    return f"Version {event.version} from {_repository(event.repository)} is published by {event.release}: {bundle}."


@_say.register
def _(event: VersionWithdrawn) -> str:
    return f"Version {event.version} is withdrawn by {event.by}{_held(event.hold)}: {event.reason}"


@_say.register
def _(event: ActivityRestated) -> str:
    owner = f"owned by {_repository(event.owner)}" if event.owner else "owned by nobody"
    versions = ", ".join(f"{was.version}{'' if was.live else ' (withdrawn)'}" for was in event.published) or "none"
    return f"Before an erasure: the activity is {owner}; versions: {versions}."


@_say.register
def _(event: NoticeSent) -> str:
    return f"{event.notifier} told the developer ({event.kind})" + (f": {event.url}" if event.url else ".")


@_say.register
def _(event: NoticeFailed) -> str:
    end = "it is given up" if event.retry_at_us is None else "it will be tried again"
    return f"{event.notifier} could not tell the developer ({event.kind}, try {event.tries}), {end}: {event.error}"


@_say.register
def _(event: BodyErased) -> str:
    return f"The body of event {event.erased} was erased: {event.reason}"


def _repository(repository: Repository) -> str:
    key = f"{repository.source}/{repository.id}"
    return f"{repository.full_name} ({key})" if repository.name else key


def _held(hold: str) -> str:
    return f", on hold by the {hold}" if hold else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
