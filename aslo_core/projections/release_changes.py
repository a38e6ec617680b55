"""Which columns of a release's row an event changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from aslo_core.events import (
    AssetRefused,
    BundleBuilt,
    BundleInspected,
    BundleStored,
    BundleTaken,
    Event,
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
)
from aslo_core.projections.turns import Urgency, urgency
from aslo_core.types import Repository

Changes = dict[str, Any]
"""Column name → new value."""


Before = Mapping[str, Any]
"""The row as it was."""

NOTHING_BEFORE: Before = MappingProxyType({"run": 0, "attempt": 0, "failures": 0, "trigger": "", "warnings": (), "stored": ()})
"""What there is to know of a release never heard of."""


def _ended(state: str, **told: str | int) -> Changes:
    return {"state": state, "claimed": False, "due_at_us": None, **told}


def _done(at_us: int, **learnt: Any) -> Changes:
    """A step came to its end; whatever comes next is due at once."""
    under_way = {"state": "working", "urgency": Urgency.UNDER_WAY}
    return {**under_way, "claimed": False, "due_at_us": at_us, "reason": "", **learnt}


def _waiting(before: Before, reason: str, due_at_us: int) -> Changes:
    """A step came to nothing; it waits for its turn again as the run did."""
    again = {"claimed": False, "due_at_us": due_at_us, "failures": before["failures"] + 1}
    return {"state": "waiting", "urgency": urgency(before["trigger"]), "reason": reason, **again}


def owner_of(repository: Repository) -> str:
    """Name whose turn a release of that repository takes: `<source>:<account>`; hosts do not tell capitals apart."""
    return f"{repository.source}:{(repository.owner or repository.id).lower()}"


def _release_announced(event: ReleaseAnnounced, before: Before, at_us: int) -> Changes:
    told: Changes = {"announcement": event.announcement, "run": event.run, "trigger": event.trigger, "builder": event.builder}
    told |= {"required": event.storages, "urgency": urgency(event.trigger), "owner": owner_of(event.announcement.repository)}
    empty = dict.fromkeys(("step", "worker", "commit", "bundle_id", "name", "version", "rule", "found", "cure", "reason"), "")
    empty |= {"ended_by": "", "hold": ""}
    start = {
        "state": "queued",
        "claimed": False,
        "due_at_us": at_us,
        "announced_us": at_us,
        "attempt": before["attempt"],
        "failures": 0,
    }
    return {**told, **empty, **start, "isolation": None, "warnings": (), "stored": ()}


def _step_claimed(event: StepClaimed, before: Before, at_us: int) -> Changes:
    del before, at_us
    held = {"claimed": True, "due_at_us": None, "worker": event.worker}
    return {"state": "working", "step": event.step, "attempt": event.attempt, **held}


def _step_failed(event: StepFailed, before: Before, at_us: int) -> Changes:
    del at_us
    return _waiting(before, event.error, event.retry_at_us)


def _step_abandoned(event: StepAbandoned, before: Before, at_us: int) -> Changes:
    return _waiting(before, event.reason, at_us)


def _source_fetched(event: SourceFetched, before: Before, at_us: int) -> Changes:
    del before
    return _done(at_us, commit=event.commit, warnings=event.warnings)


def _bundle_built(event: BundleBuilt, before: Before, at_us: int) -> Changes:
    del before
    return _done(at_us, isolation=event.isolation)


def _bundle_taken(event: BundleTaken, before: Before, at_us: int) -> Changes:
    del event, before
    return _done(at_us)


def _asset_refused(event: AssetRefused, before: Before, at_us: int) -> Changes:
    return _done(at_us, warnings=(*before["warnings"], event.warning))


def _bundle_inspected(event: BundleInspected, before: Before, at_us: int) -> Changes:
    metadata = event.metadata
    learnt = {"bundle_id": metadata.bundle_id, "name": metadata.name, "version": metadata.version}
    return _done(at_us, **learnt, warnings=before["warnings"] + event.warnings)


def _version_cleared(event: VersionCleared, before: Before, at_us: int) -> Changes:
    del before
    return _done(at_us, bundle_id=event.bundle_id, version=event.version)


def _bundle_stored(event: BundleStored, before: Before, at_us: int) -> Changes:
    return _done(at_us, stored=(*before["stored"], event.storage))


def _release_published(event: ReleasePublished, before: Before, at_us: int) -> Changes:
    del at_us
    what = {"bundle_id": event.bundle_id, "version": event.version, "reason": ""}
    kept = {f"published_{name}": what[name] for name in ("bundle_id", "version")}
    return _ended("published", **what) | kept | {"published_warnings": before["warnings"]}


def _release_unchanged(event: ReleaseUnchanged, before: Before, at_us: int) -> Changes:
    del before, at_us
    return _ended("unchanged", commit=event.commit, reason="")


def _release_rejected(event: ReleaseRejected, before: Before, at_us: int) -> Changes:
    del before, at_us
    return _ended("rejected", step=event.step, rule=event.rule, found=event.found, cure=event.cure, reason="")


def _release_failed(event: ReleaseFailed, before: Before, at_us: int) -> Changes:
    del before, at_us
    return _ended("failed", step=event.step, reason=event.reason)


def _release_cancelled(event: ReleaseCancelled, before: Before, at_us: int) -> Changes:
    del before, at_us
    return _ended("cancelled", reason=event.reason, ended_by=event.by)


def _release_withdrawn(event: ReleaseWithdrawn, before: Before, at_us: int) -> Changes:
    del before, at_us
    return _ended("withdrawn", reason=event.reason, ended_by=event.by, hold=event.hold)


def _release_lifted(event: ReleaseLifted, before: Before, at_us: int) -> Changes:
    del event, before, at_us
    return {"hold": ""}


def _release_restated(event: ReleaseRestated, before: Before, at_us: int) -> Changes:
    del before, at_us
    return _ended(event.ended, run=event.run, attempt=event.attempt, hold=event.hold)


_BY_TYPE: Mapping[type[Event], Callable[[Any, Before, int], Changes]] = MappingProxyType(
    {
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
    }
)

TYPES = frozenset(_BY_TYPE)
"""The types of event that change a release's row."""


def changes(event: Event, before: Before, at_us: int) -> Changes:
    """Tell what an event of one of these types, recorded at `at_us`, changes."""
    return _BY_TYPE[type(event)](event, before, at_us)
