"""What an operator decides on an activity: whose its bundle id is, and that a hold on one of its versions ends."""

from __future__ import annotations

from collections.abc import Callable

from aslo_core import events as e
from aslo_core.bundle.versions import Version
from aslo_core.errors import Conflict
from aslo_core.log import Entry, EventLog, VersionConflict
from aslo_core.release import activity as activities
from aslo_core.release.activity import ActivityState, activity_stream, same_repository
from aslo_core.release.decide import NotNow
from aslo_core.release.desk import OFTEN
from aslo_core.types import Repository


def transfer(state: ActivityState, to: Repository, by: str, reason: str) -> e.ActivityTransferred:
    """Decide that a bundle id belongs to another repository. Pure.

    Args:
        state: the activity as it is.
        to: whom it is given to.
        by: the operator's name.
        reason: why.

    Raises:
        NotNow: it was never published, is that repository's already, is being published, or the log does not tell any more.
    """
    owner = _owner(state)
    if same_repository(owner, to):
        raise NotNow(f"the bundle id {_bundle_id(state)} belongs to {_named(owner)} already")
    for held in state.reservations.values():
        raise NotNow(
            f"version {held.version} of {_bundle_id(state)} is being published at this moment, by {held.release}; wait for the"
            " end of its run, and transfer the bundle id then"
        )
    return e.ActivityTransferred(owner=to, before=owner, by=by, reason=reason)


def lift(state: ActivityState, version: str, by: str, reason: str) -> e.VersionLifted:
    """Decide that the hold on a withdrawn version ends. Pure.

    Args:
        state: the activity as it is.
        version: the version; `1.0` is `1`.
        by: the operator's name.
        reason: why.

    Raises:
        NotNow: there is no such version, it is not on hold, or the log does not tell any more.
        Permanent: `bundle.version-malformed`.
    """
    _owner(state)
    was = state.published.get(Version.parse(version))
    if was is None:
        known = ", ".join(map(str, sorted(state.published)))
        raise NotNow(f"{_bundle_id(state)} has no version {version}; it has {known}")
    if not was.hold:
        stands = "can be downloaded" if was.live else "is withdrawn"
        raise NotNow(f"version {was.version} of {_bundle_id(state)} {stands}, and is not on hold")
    return e.VersionLifted(release=was.release, version=was.version.text, by=by, reason=reason)


class ActivityDesk:
    """Carries out what operators decide on activities.

    Args:
        log: where the decisions go.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def decide(self, bundle_id: str, decision: Callable[[ActivityState], e.Event], cause: e.Cause) -> e.Recorded:
        """Decide on an activity as it is, and record that; once more where somebody was faster.

        Args:
            bundle_id: the activity.
            decision: tells the event that follows, and raises what is against it.
            cause: why and by whom.

        Raises:
            Conflict: the activity changed all the time.
            LogUnavailable: the log cannot be written.
        """
        stream = activity_stream(bundle_id)
        for _ in range(OFTEN):
            state = activities.fold(stream, self._log.read(stream))
            event = decision(state)
            try:
                return self._log.append([Entry(stream, event)], cause=cause, expect={stream: state.version}).events[0]
            except VersionConflict:
                continue
        raise Conflict(f"{stream}: the decision was overtaken {OFTEN} times")


def _owner(state: ActivityState) -> Repository:
    if state.unclear:
        raise NotNow(
            f"an event of {state.stream} was erased without restating what it decided, so that nobody knows any more whose it"
            " is; put a copy of the log from before that erasure back, and repeat it with `aslo audit erase`"
        )
    if state.owner is None:
        raise NotNow(f"no version of {_bundle_id(state)!a} was ever published here, so it belongs to nobody")
    return state.owner


def _bundle_id(state: ActivityState) -> str:
    return state.stream.removeprefix("activity/")


def _named(repository: Repository) -> str:
    return f"{repository.full_name} ({repository.source}/{repository.id})"
