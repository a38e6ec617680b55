"""What an event says to people, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from aslo_core.events import (
    ActivityRestated,
    ActivityTransferred,
    AssetRefused,
    BodyErased,
    BundleBuilt,
    BundleInspected,
    BundleStored,
    BundleTaken,
    ConfigChanged,
    DeliveryAccepted,
    DeliveryIgnored,
    DeliveryRefused,
    Event,
    NoticeFailed,
    NoticeSent,
    NoticeWithheld,
    Recorded,
    ReleaseAnnounced,
    ReleaseCancelled,
    ReleaseFailed,
    ReleaseLifted,
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
    VersionLifted,
    VersionPublished,
    VersionReserved,
    VersionWithdrawn,
)
from aslo_core.projections.source_sentences import SOURCE_SENTENCES
from aslo_core.projections.storage_sentences import STORAGE_SENTENCES
from aslo_core.projections.words import counted, proved
from aslo_core.types import Repository

_LONGEST = 2000


def _release_announced(event: ReleaseAnnounced) -> str:
    if event.trigger in ("retry", "rebuild"):
        return f"Release {event.announcement.tag} was begun anew ({event.trigger}) by an operator."
    by = event.announcement.author.login
    return f"Release {event.announcement.tag} was announced ({event.trigger})" + (f" by {by}." if by else ".")


def _step_claimed(event: StepClaimed) -> str:
    return f"Attempt {event.attempt} began: {event.step}, on {event.worker}."


def _step_failed(event: StepFailed) -> str:
    return f"Attempt {event.attempt} at {event.step} came to nothing and will be repeated: {event.error}"


def _step_abandoned(event: StepAbandoned) -> str:
    return f"Attempt {event.attempt} at {event.step} was given up and will be repeated: {event.reason}"


def _source_fetched(event: SourceFetched) -> str:
    asset = f", with the attached bundle {event.asset.name}" if event.asset else ""
    return f"Commit {event.commit[:12]} was fetched: {counted(event.files, 'file')}{asset}."


def _bundle_built(event: BundleBuilt) -> str:
    how = f"{event.isolation.level}: {event.isolation.detail}" if event.isolation.detail else event.isolation.level
    made = f"built by {event.builder} with {event.toolchain.name} in {event.seconds:.1f} s ({how})"
    return f"The bundle was {made}: {event.bundle.size:,} bytes."


def _bundle_taken(event: BundleTaken) -> str:
    return f"The attached bundle {event.name} is taken as it is: {event.bundle.size:,} bytes."


def _asset_refused(event: AssetRefused) -> str:
    return event.warning


def _bundle_inspected(event: BundleInspected) -> str:
    metadata = event.metadata
    warned = f", {counted(len(event.warnings), 'warning')}" if event.warnings else ""
    return f"The bundle keeps all rules: {metadata.name} {metadata.version}, {counted(event.entries, 'file')}{warned}."


def _version_cleared(event: VersionCleared) -> str:
    return f"Version {event.version} of {event.bundle_id} is reserved for this release."


def _bundle_stored(event: BundleStored) -> str:
    return f"Storage {event.storage} has the bundle ({counted(len(event.objects), 'object')}, {proved(event.verified)})."


def _release_published(event: ReleasePublished) -> str:
    return f"Version {event.version} of {event.bundle_id} is published."


def _release_unchanged(event: ReleaseUnchanged) -> str:
    return f"Nothing is new: commit {event.commit[:12]} and its attached bundle are published already."


def _release_rejected(event: ReleaseRejected) -> str:
    return f"Rejected at {event.step}: {event.found} {event.cure} ({event.rule})"


def _release_failed(event: ReleaseFailed) -> str:
    return f"Failed at {event.step}, through no fault of the release: {event.reason}"


def _release_cancelled(event: ReleaseCancelled) -> str:
    return f"Cancelled by {event.by}: {event.reason}"


def _release_withdrawn(event: ReleaseWithdrawn) -> str:
    return f"Withdrawn by {event.by}{_held(event.hold)}: {event.reason}"


def _release_lifted(event: ReleaseLifted) -> str:
    return f"The hold on this release is lifted by {event.by}: {event.reason}"


def _release_restated(event: ReleaseRestated) -> str:
    return f"Before an erasure: run {event.run} of this release has ended, {event.ended}{_held(event.hold)}."


def _delivery_accepted(event: DeliveryAccepted) -> str:
    tag = f" of {event.tag}" if event.tag else ""
    return f"A delivery ({event.trigger}{tag}) from {_repository(event.repository)} was accepted, for {event.release}."


def _delivery_ignored(event: DeliveryIgnored) -> str:
    whence = f" from {_repository(event.repository)}" if event.repository else ""
    return f"A delivery ({event.trigger}){whence} was ignored: {event.reason}"


def _delivery_refused(event: DeliveryRefused) -> str:
    return f"A delivery was refused: {event.reason}"


def _version_reserved(event: VersionReserved) -> str:
    return f"Version {event.version} is reserved for run {event.run} of {event.release}, from {_repository(event.repository)}."


def _version_freed(event: VersionFreed) -> str:
    return f"Version {event.version} is free again: run {event.run} of {event.release} ended without publishing it."


def _version_published(event: VersionPublished) -> str:
    bundle = f"{event.bundle.size:,} bytes, sha256 {event.bundle.digest}"
    return f"Version {event.version} from {_repository(event.repository)} is published by {event.release}: {bundle}."


def _version_withdrawn(event: VersionWithdrawn) -> str:
    return f"Version {event.version} is withdrawn by {event.by}{_held(event.hold)}: {event.reason}"


def _version_lifted(event: VersionLifted) -> str:
    return f"The hold on version {event.version} is lifted by {event.by}: {event.reason}"


def _activity_transferred(event: ActivityTransferred) -> str:
    whom = f"from {_repository(event.before)} to {_repository(event.owner)}"
    return f"The bundle id is transferred {whom} by {event.by}: {event.reason}"


def _activity_restated(event: ActivityRestated) -> str:
    owner = f"owned by {_repository(event.owner)}" if event.owner else "owned by nobody"
    versions = ", ".join(f"{was.version}{'' if was.live else ' (withdrawn)'}" for was in event.published) or "none"
    return f"Before an erasure: the activity is {owner}; versions: {versions}."


def _notice_sent(event: NoticeSent) -> str:
    return f"{event.notifier} told the developer ({event.kind})" + (f": {event.url}" if event.url else ".")


def _notice_failed(event: NoticeFailed) -> str:
    end = "it is given up" if event.retry_at_us is None else "it will be tried again"
    return f"{event.notifier} could not tell the developer ({event.kind}, try {event.tries}), {end}: {event.error}"


def _notice_withheld(event: NoticeWithheld) -> str:
    return f"{event.notifier} was not to be told of it ({event.kind}): its {event.key} are others."


def _config_changed(event: ConfigChanged) -> str:
    instances = ", ".join(f"{table.key} ({table.distribution})" for table in event.tables if table.use)
    return f"Another configuration is in force, {event.digest[:12]}, under ASLO {event.aslo}: {instances}."


def _body_erased(event: BodyErased) -> str:
    return f"The body of event {event.erased} was erased: {event.reason}"


def _repository(repository: Repository) -> str:
    key = f"{repository.source}/{repository.id}"
    return f"{repository.full_name} ({key})" if repository.name else key


def _held(hold: str) -> str:
    return f", on hold by the {hold}" if hold else ""


_BY_TYPE: Mapping[type[Event], Callable[[Any], str]] = MappingProxyType(
    {
        **STORAGE_SENTENCES,
        **SOURCE_SENTENCES,
        ReleaseAnnounced: _release_announced,
        StepClaimed: _step_claimed,
        StepFailed: _step_failed,
        StepAbandoned: _step_abandoned,
        SourceFetched: _source_fetched,
        BundleBuilt: _bundle_built,
        BundleTaken: _bundle_taken,
        AssetRefused: _asset_refused,
        BundleInspected: _bundle_inspected,
        VersionCleared: _version_cleared,
        BundleStored: _bundle_stored,
        ReleasePublished: _release_published,
        ReleaseUnchanged: _release_unchanged,
        ReleaseRejected: _release_rejected,
        ReleaseFailed: _release_failed,
        ReleaseCancelled: _release_cancelled,
        ReleaseWithdrawn: _release_withdrawn,
        ReleaseLifted: _release_lifted,
        ReleaseRestated: _release_restated,
        DeliveryAccepted: _delivery_accepted,
        DeliveryIgnored: _delivery_ignored,
        DeliveryRefused: _delivery_refused,
        VersionReserved: _version_reserved,
        VersionFreed: _version_freed,
        VersionPublished: _version_published,
        VersionWithdrawn: _version_withdrawn,
        VersionLifted: _version_lifted,
        ActivityTransferred: _activity_transferred,
        ActivityRestated: _activity_restated,
        NoticeSent: _notice_sent,
        NoticeFailed: _notice_failed,
        NoticeWithheld: _notice_withheld,
        ConfigChanged: _config_changed,
        BodyErased: _body_erased,
    }
)


_FOUND = "Found by reconciliation: no delivery told of it."


def sentence_of(recorded: Recorded) -> str:
    """Say what an event says, and where no delivery told of it, that; empty for one whose body was erased."""
    if recorded.event is None:
        return ""
    of_release = isinstance(recorded.event, DeliveryAccepted | DeliveryIgnored | ReleaseAnnounced | ReleaseWithdrawn)
    said = sentence(recorded.event)
    return f"{said} {_FOUND}" if of_release and recorded.cause.is_reconciliation else said


def sentence(event: Event) -> str:
    """Say what happened. Holds texts of developers as they are, cut at 2,000 characters: escape it where it is shown."""
    say = _BY_TYPE.get(type(event))
    text = say(event) if say else event.event_name
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
