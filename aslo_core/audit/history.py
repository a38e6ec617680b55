"""What happened to a release, an activity, a repository or a storage: every event of the log on it, in the log's order.

Read from the log alone. Where the ids are known their streams are read; names and addresses stand in bodies only, so that for
them, and for deliveries that started nothing, all events of a few types are looked through.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aslo_core import events as e
from aslo_core.audit.subject import ActivityAsked, ReleaseAsked, RepositoryAsked, StorageAsked, Subject
from aslo_core.events import Recorded
from aslo_core.log import EventLog
from aslo_core.log.names import ERASURES
from aslo_core.types import Repository

RepositoryKey = tuple[str, str]
"""Source and id of a repository."""

_DELIVERIES = tuple(cls.event_name for cls in (e.DeliveryAccepted, e.DeliveryIgnored, e.DeliveryRefused))
_NAMING_REPOSITORIES = (*_DELIVERIES, e.ReleaseAnnounced.event_name, e.SourceFetched.event_name)
_NAMING_ACTIVITIES = tuple(cls.event_name for cls in (e.BundleInspected, e.VersionCleared, e.ReleasePublished))


@dataclass(frozen=True)
class Happened:
    """One event of a history, and how it came about.

    Attributes:
        recorded: the event.
        began: the event that all this followed from, mostly a delivery; None when it is this one or is not in the log.
        led: the event that led to this one directly, or None when the log does not say.
        erasure: the record of the erasure of its body, or None.
    """

    recorded: Recorded
    began: Recorded | None
    led: Recorded | None
    erasure: Recorded | None


@dataclass(frozen=True)
class _Scope:
    """What a history is about.

    Attributes:
        releases: streams of releases, each told as a whole.
        activity: stream of an activity that is told as a whole, or empty.
        repositories: those whose deliveries are told, whatever release they are about.
        storage: name of a storage of which is told what was decided and copied, or empty.
    """

    releases: frozenset[str]
    activity: str = ""
    repositories: frozenset[RepositoryKey] = frozenset()
    storage: str = ""


def history(log: EventLog, asked: Subject) -> tuple[Happened, ...]:
    """Tell all that the log holds about what is asked; nothing when it was never heard of.

    A release comes with its deliveries, what it reserved, published and withdrew at activities, its notices, and erasures of
    any of these; an activity with every release that reserved, published or withdrew a version of it, or tried to; a
    repository with all of its releases and deliveries, under whatever names; a storage with what operators decided of it and
    what was copied to it. A delivery that was ignored or refused and has
    been erased since tells no more what it was about, and is left out.

    Raises:
        LookupError: an event is of a type that this program does not know.
        LogUnavailable: the log cannot be read.
    """
    match asked:
        case ReleaseAsked(stream=stream):
            scope = _Scope(frozenset({stream}))
        case ActivityAsked(bundle_id=bundle_id):
            scope = _of_activity(log, bundle_id)
        case RepositoryAsked():
            scope = _of_repository(log, asked)
        case StorageAsked(name=name):
            scope = _Scope(frozenset(), storage=name)
    found = _gathered(log, scope)
    return tuple(_explained(log, found))


def _of_activity(log: EventLog, bundle_id: str) -> _Scope:
    stream = f"activity/{bundle_id}"
    releases = {release for recorded in log.read(stream) for release in _releases_named(recorded.event)}
    for recorded in log.read_all(types=_NAMING_ACTIVITIES):
        match recorded.event:
            case e.BundleInspected(metadata=metadata) if metadata.bundle_id == bundle_id:
                releases.add(recorded.stream)
            case e.VersionCleared() | e.ReleasePublished() if recorded.event.bundle_id == bundle_id:
                releases.add(recorded.stream)
    return _Scope(frozenset(releases), activity=stream)


def _of_repository(log: EventLog, asked: RepositoryAsked) -> _Scope:
    named: set[RepositoryKey] = set()
    streams: dict[RepositoryKey, set[str]] = {}
    for recorded in log.read_all(types=_NAMING_REPOSITORIES):
        key = _key_of_release(recorded.stream)
        if key is not None:
            streams.setdefault(key, set()).add(recorded.stream)
            if asked.named == "/".join(key) or (
                isinstance(recorded.event, e.SourceFetched) and asked.is_address(recorded.event.address)
            ):
                named.add(key)
        repository = repository_named(recorded.event)
        if repository is not None and asked.is_named(repository):
            named.add((repository.source, repository.id))
    return _Scope(frozenset(stream for key in named for stream in streams.get(key, ())), repositories=frozenset(named))


def _gathered(log: EventLog, scope: _Scope) -> dict[str, Recorded]:
    """All events of a scope by their ids, in the log's order."""
    found: dict[str, Recorded] = {}

    def add(some: Iterable[Recorded]) -> None:
        found.update((recorded.id, recorded) for recorded in some)

    for stream in scope.releases:
        add(log.read(stream))
        add(log.read("notice/" + stream.removeprefix("release/")))
    begun = {recorded.cause.correlation for recorded in found.values()}
    for stream in _activities_of(found.values()) - {scope.activity}:
        add(recorded for recorded in log.read(stream) if _concerns(recorded, scope.releases, begun))
    if scope.activity:
        add(log.read(scope.activity))
    if scope.storage:
        add(log.read(f"storage/{scope.storage}"))
        add(log.read(f"copies/{scope.storage}"))
    elsewhere = log.read_all(types=(*_DELIVERIES, e.ActivityTransferred.event_name))
    add(recorded for recorded in elsewhere if _delivers_to(recorded, scope, begun) or _transfers(recorded, scope))
    add([erasure for recorded in [*found.values()] if recorded.event is None for erasure in log.read(ERASURES + recorded.id)])
    return {recorded.id: recorded for recorded in sorted(found.values(), key=lambda one: one.position)}


def _explained(log: EventLog, found: dict[str, Recorded]) -> Iterable[Happened]:
    erasures = {recorded.stream: recorded for recorded in found.values() if recorded.stream.startswith(ERASURES)}
    elsewhere: dict[str, Recorded | None] = {}

    def known(event_id: str) -> Recorded | None:
        if event_id in found:
            return found[event_id]
        if event_id and event_id not in elsewhere:
            elsewhere[event_id] = log.find(event_id)
        return elsewhere.get(event_id)

    for recorded in found.values():
        began = None if recorded.cause.correlation == recorded.id else known(recorded.cause.correlation)
        yield Happened(recorded, began, known(recorded.cause.causation), erasures.get(ERASURES + recorded.id))


def _activities_of(some: Iterable[Recorded]) -> set[str]:
    told = (recorded.event for recorded in some)
    return {f"activity/{event.bundle_id}" for event in told if isinstance(event, e.VersionCleared | e.ReleasePublished)}


def _concerns(recorded: Recorded, releases: frozenset[str], begun: set[str]) -> bool:
    return recorded.cause.correlation in begun or not releases.isdisjoint(_releases_named(recorded.event))


def _delivers_to(recorded: Recorded, scope: _Scope, begun: set[str]) -> bool:
    if recorded.cause.correlation in begun or not scope.releases.isdisjoint(_releases_named(recorded.event)):
        return True
    repository = repository_named(recorded.event)
    return repository is not None and (repository.source, repository.id) in scope.repositories


def _transfers(recorded: Recorded, scope: _Scope) -> bool:
    event = recorded.event
    if not isinstance(event, e.ActivityTransferred):
        return False
    return any((repository.source, repository.id) in scope.repositories for repository in (event.owner, event.before))


def _releases_named(event: e.Event | None) -> frozenset[str]:
    match event:
        case e.ActivityRestated(reservations=reservations, published=published):
            return frozenset({*(held.release for held in reservations), *(was.release for was in published)})
        case e.VersionReserved() | e.VersionFreed() | e.VersionPublished() | e.VersionWithdrawn() | e.VersionLifted():
            return frozenset({event.release})
        case e.DeliveryAccepted() | e.DeliveryIgnored():
            return frozenset({event.release})
        case _:
            return frozenset()


def repository_named(event: e.Event | None) -> Repository | None:
    """The repository that an event names as its host calls it, or None."""
    match event:
        case e.ReleaseAnnounced(announcement=announcement):
            return announcement.repository
        case e.DeliveryAccepted() | e.DeliveryIgnored():
            return event.repository
        case _:
            return None


def _key_of_release(stream: str) -> RepositoryKey | None:
    kind, _, rest = stream.partition("/")
    source, _, rest = rest.partition("/")
    return (source, rest.partition("/")[0]) if kind == "release" else None
