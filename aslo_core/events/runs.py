"""The runs of a release, each from its announcement to its end: `release/<source>/<repository id>/<release id>`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aslo_core.events.event import Event, recorded
from aslo_core.types import Announcement, Blob, Value


@recorded("release.announced")
class ReleaseAnnounced(Event):
    """A run begins. The instances in force are recorded, so that a replay shows what was true then.

    Attributes:
        run: counts the runs of this release from 1.
        trigger: what opened it: `published` or `edited` on the host; by hand `submitted`, `retry` or `rebuild`.
        announcement: the release as its source told of it.
        builder: the builder's instance.
        notifiers: the notifiers' instances.
        storages: the storages' instances, each of which has to have the bundle before it is published.
    """

    run: int
    trigger: str
    announcement: Announcement
    builder: str
    notifiers: tuple[str, ...]
    storages: tuple[str, ...]


@recorded("release.published")
class ReleasePublished(Event):
    """Terminal: the bundle can be downloaded; written together with `version.published`.

    Attributes:
        attempt: the attempt that published it.
        bundle_id: the activity.
        version: as written.
        bundle: the bundle.
    """

    attempt: int
    bundle_id: str
    version: str
    bundle: Blob


@recorded("release.unchanged")
class ReleaseUnchanged(Event):
    """Terminal: commit and attached bundle are those already published; nothing new.

    Attributes:
        attempt: the attempt that found that out.
        commit: full name of the commit.
    """

    attempt: int
    commit: str


@recorded("release.rejected")
class ReleaseRejected(Event):
    """Terminal: a rule is broken; the developer can mend it.

    Attributes:
        attempt: the attempt that found that out.
        step: what it was at.
        rule: stable code of the rule, for example `bundle.icon-missing`.
        found: what was found, in words.
        cure: what the developer can do, in words.
    """

    attempt: int
    step: str
    rule: str
    found: str
    cure: str


@recorded("release.failed")
class ReleaseFailed(Event):
    """Terminal: it could not be done, through no fault of the developer's; operators are alarmed.

    Attributes:
        attempt: the last attempt.
        step: what it was at.
        kind: whose fault it is: `transient` (a peer's, or the configuration's, for too long), `internal` (ASLO's own) or
            `abandoned` (its workers were lost).
        reason: what happened, in words.
    """

    attempt: int
    step: str
    kind: str
    reason: str


@recorded("release.cancelled")
class ReleaseCancelled(Event):
    """Terminal: the run was ended by hand, or replaced by a newer one.

    Attributes:
        by: `aslo`, or the operator's name.
        reason: why, in words.
    """

    by: str
    reason: str


@recorded("release.withdrawn")
class ReleaseWithdrawn(Event):
    """Terminal: taken back.

    Attributes:
        by: who did it: login on the host, or the operator's name; `hold` tells which.
        reason: why, in words.
        hold: who can lift it: `host` or `operator`.
    """

    by: str
    reason: str
    hold: str


@recorded("release.lifted")
class ReleaseLifted(Event):
    """The hold on a withdrawn release is lifted: it may be published again. What was withdrawn stays so until then.

    Attributes:
        by: the operator's name.
        reason: why, in words.
    """

    by: str
    reason: str


class RestatedPublication(Value):
    """A version that the release published, and what it was made of.

    Attributes:
        bundle_id: the activity.
        version: as written.
        commit: full name of the commit; empty where that was erased.
        asset: the attached bundle that it was released with, or None where there was none.
    """

    bundle_id: str
    version: str
    commit: str
    asset: Blob | None


@recorded("release.restated", version=2)
class ReleaseRestated(Event):
    """Where a release stands whose newest run has ended, without personal data; written just before a body is erased.

    Attributes:
        run: number of its newest run.
        attempt: number of its last attempt.
        ended: how that run ended: `published`, `unchanged`, `rejected`, `failed`, `cancelled` or `withdrawn`.
        hold: who can lift the hold on a withdrawn one: `host` or `operator`; else empty.
        published: what it has in the catalogue, the newest last.
        withdrawn: what it had there and was withdrawn with it, the newest last.
    """

    run: int
    attempt: int
    ended: str
    hold: str
    published: tuple[RestatedPublication, ...]
    withdrawn: tuple[RestatedPublication, ...]


ENDINGS: Mapping[type[Event], str] = MappingProxyType(
    {
        ReleasePublished: "published",
        ReleaseUnchanged: "unchanged",
        ReleaseRejected: "rejected",
        ReleaseFailed: "failed",
        ReleaseCancelled: "cancelled",
        ReleaseWithdrawn: "withdrawn",
    }
)
"""The events that end a run, each with the word for a release that ended so."""
