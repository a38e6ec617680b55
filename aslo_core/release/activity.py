"""Who may publish what: the rules on an activity's stream, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

import msgspec

from aslo_core import events as e
from aslo_core.bundle.versions import Version
from aslo_core.errors import Permanent, Transient
from aslo_core.types import Blob, Repository, Value


class Reservation(Value):
    """A version that a run holds while it is being stored; `repository` is where its release comes from."""

    version: Version
    release: str
    run: int
    repository: Repository


class PublishedVersion(Value):
    """A version that was published; its bytes stay the same for good.

    Attributes:
        version: its number, and how it was written.
        release: stream of the release that published it last.
        repository: where that release came from.
        bundle: its bytes.
        live: whether it can be downloaded now.
        hold: who must lift the hold on a withdrawn one, `host` or `operator`; empty where it was lifted.
    """

    version: Version
    release: str
    repository: Repository
    bundle: Blob
    live: bool = True
    hold: str = ""


class ActivityState(Value):
    """One activity at one version of its stream.

    Attributes:
        stream: name of the stream, `activity/<bundle_id>`.
        version: number of events folded so far.
        owner: the repository that published it first, or that an operator gave it to.
        reservations: versions that are being published; `1.0` finds `1`.
        published: versions that were, live or withdrawn, the one that changed last at the end.
        unclear: whether an event was erased that it may all hang on.
    """

    stream: str
    version: int = 0
    owner: Repository | None = None
    reservations: Mapping[Version, Reservation] = MappingProxyType({})
    published: Mapping[Version, PublishedVersion] = MappingProxyType({})
    unclear: bool = False


OneVersion = TypeVar("OneVersion", Reservation, PublishedVersion)


def activity_stream(bundle_id: str) -> str:
    """Name of an activity's stream."""
    return f"activity/{bundle_id}"


def evolve(state: ActivityState, recorded: e.Recorded) -> ActivityState:
    """Fold one event of the activity's stream into what is known."""
    state = msgspec.structs.replace(state, version=recorded.version)
    change = msgspec.structs.replace
    match recorded.event:
        case e.VersionReserved(version=text, release=release, run=run, repository=repository):
            version = Version.parse(text)
            reservation = Reservation(version=version, release=release, run=run, repository=repository)
            return change(state, reservations=_with(state.reservations, reservation))
        case e.VersionFreed(version=text):
            return change(state, reservations=_without(state.reservations, Version.parse(text)))
        case e.VersionPublished(version=text, release=release, repository=repository, bundle=bundle):
            version = Version.parse(text)
            published = PublishedVersion(version=version, release=release, repository=repository, bundle=bundle)
            return change(
                state,
                owner=state.owner or repository,
                reservations=_without(state.reservations, version),
                published=_with(state.published, published),
            )
        case e.VersionWithdrawn(version=text, hold=hold):
            was = state.published.get(Version.parse(text))
            if was is None:
                return state
            return change(state, published=_with(state.published, change(was, live=False, hold=hold)))
        case e.VersionLifted(version=text):
            was = state.published.get(Version.parse(text))
            if was is None:
                return state
            return change(state, published=_with(state.published, change(was, hold="")))
        case e.ActivityTransferred(owner=owner):
            return change(state, owner=owner)
        case e.ActivityRestated() as restated:
            return _restored(state, restated)
        case None:
            return change(state, unclear=True)
        case _:
            return state


def fold(stream: str, history: Iterable[e.Recorded]) -> ActivityState:
    """Fold an activity's whole stream."""
    state = ActivityState(stream=stream)
    for recorded in history:
        state = evolve(state, recorded)
    return state


def restate(state: ActivityState) -> e.ActivityRestated:
    """Tell what is known of an activity in one event without personal data; folding it gives the same decisions."""
    return e.ActivityRestated(
        owner=_nameless(state.owner) if state.owner else None,
        reservations=tuple(
            e.RestatedReservation(
                release=held.release, run=held.run, repository=_nameless(held.repository), version=held.version.text
            )
            for held in state.reservations.values()
        ),
        published=tuple(
            e.RestatedVersion(
                release=was.release,
                repository=_nameless(was.repository),
                version=was.version.text,
                bundle=was.bundle,
                live=was.live,
                hold=was.hold,
            )
            for was in state.published.values()
        ),
    )


def _restored(state: ActivityState, restated: e.ActivityRestated) -> ActivityState:
    return ActivityState(
        stream=state.stream,
        version=state.version,
        owner=restated.owner,
        reservations=_by_version(
            Reservation(version=Version.parse(held.version), release=held.release, run=held.run, repository=held.repository)
            for held in restated.reservations
        ),
        published=_by_version(
            PublishedVersion(
                version=Version.parse(was.version),
                release=was.release,
                repository=was.repository,
                bundle=was.bundle,
                live=was.live,
                hold=was.hold,
            )
            for was in restated.published
        ),
    )


def _nameless(repository: Repository) -> Repository:
    return Repository(source=repository.source, id=repository.id, owner="", name="")


def check_reservable(
    state: ActivityState, *, release: str, run: int, repository: Repository, version: Version, bundle: Blob
) -> None:
    """Tell whether a run may publish this version of the activity.

    Raises:
        Permanent: the bundle id belongs to another repository, the version was published with other bytes, or is on hold; or
            the log does not tell any more.
        Transient: another run is publishing the same version at this moment, or another repository the first version of all.
    """
    if state.unclear:
        raise Permanent(
            "activity.unclear",
            f"An event of {state.stream} was erased without restating what it decided, so that nobody knows any more who owns"
            " the bundle id and which versions it has.",
            "Choose another bundle id in activity/activity.info, or ask an operator to put a copy of the log from before that"
            " erasure back, and to repeat it with `aslo audit erase`.",
        )
    if state.owner is not None and not same_repository(state.owner, repository):
        raise _owned_elsewhere(state.stream.removeprefix("activity/"), state.owner, repository)
    for held in state.reservations.values():
        if (held.release, held.run) == (release, run):
            continue
        if held.version == version:
            raise Transient(f"version {version} is being published by another release at this moment ({held.release})")
        if state.owner is None and not same_repository(held.repository, repository):
            # Whoever publishes first is to own the bundle id; until that is decided, nobody else may get as far.
            raise Transient(f"{held.repository.full_name} is publishing this activity for the first time at this moment")
    was = state.published.get(version)
    if was is None:
        return
    if was.bundle.digest != bundle.digest:
        raise Permanent(
            "activity.version-taken",
            f"Version {was.version} was published before with other content (sha256 {was.bundle.digest[:16]}…, "
            f"now {bundle.digest[:16]}…).",
            "Raise activity_version in activity/activity.info and release again: a published version never changes.",
        )
    if was.hold and (was.hold != "host" or was.release != release):
        again = "Publish the withdrawn release again on the host, or ask" if was.hold == "host" else "Ask"
        raise Permanent(
            "activity.version-held",
            f"Version {was.version} was withdrawn and is on hold by the {was.hold}.",
            f"{again} an operator to lift the hold, or raise activity_version.",
        )


def _with(records: Mapping[Version, OneVersion], record: OneVersion) -> Mapping[Version, OneVersion]:
    return {**_without(records, record.version), record.version: record}


def _without(records: Mapping[Version, OneVersion], version: Version) -> Mapping[Version, OneVersion]:
    left = dict(records)
    left.pop(version, None)
    return left


def _by_version(records: Iterable[OneVersion]) -> Mapping[Version, OneVersion]:
    return {record.version: record for record in records}


def _owned_elsewhere(bundle_id: str, owner: Repository, repository: Repository) -> Permanent:
    found = (
        f"The bundle id {bundle_id} belongs to the repository {owner.full_name} of source {owner.source}; this release comes"
        f" from the repository {repository.full_name} of source {repository.source}."
    )
    cure = "Choose a bundle id of your own in activity/activity.info, or ask an operator to transfer this one."
    if owner.source != repository.source:
        cure += (
            f" Where the two are one repository, a source was renamed in aslo.toml, which only its operator can mend: the table"
            f" has to be [source.{owner.source}] again."
        )
    return Permanent("activity.owned-elsewhere", found, cure)


def same_repository(one: Repository, other: Repository) -> bool:
    """Whether they are one repository, whatever it is called today."""
    return (one.source, one.id) == (other.source, other.id)
