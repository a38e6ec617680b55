"""What is known of one release: a pure fold over the events of its stream."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from aslo_core import events as e
from aslo_core.bundle.versions import Version
from aslo_core.types import Announcement, Blob, Value

FETCH, BUILD, TAKE, INSPECT, RESERVE, STORE, PUBLISH = "fetch", "build", "take", "inspect", "reserve", "store", "publish"
TRANSIENT, INTERNAL, ABANDONED = "transient", "internal", "abandoned"


class Published(Value):
    """A version that this release has in the catalogue, and what it was made of."""

    commit: str
    asset: Blob | None
    bundle_id: str
    version: Version


class ReleaseState(Value):
    """One release at one version of its stream.

    Attributes:
        stream: name of the stream.
        version: number of events folded so far.
        run: number of the newest run, 0 before the first.
        announced: how the newest run began.
        correlation: correlation id of the newest run.
        attempt: highest attempt ever claimed: the fencing token.
        claimed: the step that attempt holds now, or None.
        claimed_by: the worker that claimed a step last.
        failures: attempts of the present step that came to nothing in this run, one after another: what kind each was
            (`transient`, `internal`) or `abandoned`.
        retry_at_us: time before which the present step is not due.
        fetched, bundle, inspected, cleared, stored: what the run has reached.
        asset_refused: why the attached bundle is not used, or None.
        ended: how the newest run ended, or None while it is open.
        published: what this run and earlier ones published, the newest last; empty once withdrawn. A release whose tag was
            moved has several.
        withdrawn: what it had published and was withdrawn with it, until it publishes that again.
        hold: who must lift the hold, `host` or `operator`, or empty.
    """

    stream: str
    version: int = 0
    run: int = 0
    announced: e.ReleaseAnnounced | None = None
    correlation: str = ""
    attempt: int = 0
    claimed: str | None = None
    claimed_by: str = ""
    failures: tuple[str, ...] = ()
    retry_at_us: int = 0
    fetched: e.SourceFetched | None = None
    bundle: Blob | None = None
    inspected: e.BundleInspected | None = None
    asset_refused: e.AssetRefused | None = None
    cleared: bool = False
    stored: tuple[str, ...] = ()
    ended: str | None = None
    published: tuple[Published, ...] = ()
    withdrawn: tuple[Published, ...] = ()
    hold: str = ""

    @property
    def announcement(self) -> Announcement:
        """The release as it was announced for the newest run; only for a stream that has one."""
        if self.announced is None:
            raise LookupError(f"{self.stream} was never announced")
        return self.announced.announcement

    @property
    def open(self) -> bool:
        """Whether a run has begun and not ended."""
        return self.run > 0 and self.ended is None

    def found_before(self, announcement: Announcement) -> bool:
        """Whether reconciliation opened its run, of the very publication that is announced, and all went well so far."""
        if self.announced is None or self.announced.trigger != "reconciled":
            return False
        found = self.announced.announcement
        is_same = (found.tag, found.published_us) == (announcement.tag, announcement.published_us)
        return is_same and self.ended in (None, "published", "unchanged")

    @property
    def takes_asset(self) -> bool:
        """Whether the bundle is the attached one rather than built; only once fetched."""
        return self.fetched is not None and self.fetched.asset is not None and self.asset_refused is None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the newest run was warned of so far."""
        return (
            *(self.fetched.warnings if self.fetched else ()),
            *((self.asset_refused.warning,) if self.asset_refused else ()),
            *(self.inspected.warnings if self.inspected else ()),
        )


def next_step(state: ReleaseState) -> str | None:
    """Name the step that is to be done next, or None when the run has ended or never begun.

    Storing is one step for each storage: `store:<name>`.
    """
    if not state.open or state.announced is None:
        return None
    if state.fetched is None:
        return FETCH
    if state.bundle is None:
        return TAKE if state.takes_asset else BUILD
    if state.inspected is None:
        return INSPECT
    if not state.cleared:
        return RESERVE
    for storage in state.announced.storages:
        if storage not in state.stored:
            return f"{STORE}:{storage}"
    return PUBLISH


def evolve(state: ReleaseState, recorded: e.Recorded) -> ReleaseState:
    """Fold one event of the release's own stream into what is known."""
    return _after(msgspec.structs.replace(state, version=recorded.version), recorded.event, recorded.cause.correlation)


def foresee(state: ReleaseState, events: Iterable[e.Event]) -> ReleaseState:
    """Tell what will be known once these are the next events of an open run's stream."""
    for event in events:
        state = _after(msgspec.structs.replace(state, version=state.version + 1), event, state.correlation)
    return state


def _after(state: ReleaseState, event: e.Event | None, correlation: str) -> ReleaseState:
    change = msgspec.structs.replace
    match event:
        case e.ReleaseAnnounced() as announced:
            return ReleaseState(
                stream=state.stream,
                version=state.version,
                run=announced.run,
                announced=announced,
                correlation=correlation,
                attempt=state.attempt,
                published=state.published,
                withdrawn=state.withdrawn,
            )
        case e.StepClaimed(attempt=attempt, step=step, worker=worker):
            return change(state, attempt=attempt, claimed=step, claimed_by=worker)
        case e.StepFailed(kind=kind, retry_at_us=retry_at_us):
            return change(state, claimed=None, failures=(*state.failures, kind), retry_at_us=retry_at_us)
        case e.StepAbandoned():
            return change(state, claimed=None, failures=(*state.failures, ABANDONED), retry_at_us=0)
        case e.SourceFetched() as fetched:
            return _done(change(state, fetched=fetched))
        case e.BundleBuilt(bundle=bundle) | e.BundleTaken(bundle=bundle):
            return _done(change(state, bundle=bundle))
        case e.AssetRefused() as refused:
            return _done(change(state, bundle=None, asset_refused=refused))
        case e.BundleInspected() as inspected:
            return _done(change(state, inspected=inspected))
        case e.VersionCleared():
            return _done(change(state, cleared=True))
        case e.BundleStored(storage=storage):
            return _done(change(state, stored=(*state.stored, storage)))
        case e.ReleasePublished(bundle_id=bundle_id, version=version):
            newest = Published(
                commit=state.fetched.commit if state.fetched else "",
                asset=state.fetched.asset.blob if state.fetched and state.fetched.asset else None,
                bundle_id=bundle_id,
                version=Version.parse(version),
            )
            published = (*_without(state.published, newest), newest)
            return _ended(change(state, published=published, withdrawn=_without(state.withdrawn, newest)), "published")
        case e.ReleaseUnchanged():
            return _ended(state, "unchanged")
        case e.ReleaseRejected():
            return _ended(state, "rejected")
        case e.ReleaseFailed():
            return _ended(state, "failed")
        case e.ReleaseCancelled():
            return _ended(state, "cancelled")
        case e.ReleaseWithdrawn(hold=hold):
            withdrawn = (*state.withdrawn, *state.published)
            return _ended(change(state, published=(), withdrawn=withdrawn, hold=hold), "withdrawn")
        case e.ReleaseLifted():
            return change(state, hold="")
        case e.ReleaseRestated(run=run, attempt=attempt, ended=how, hold=hold):
            stood = change(state, run=run, attempt=attempt, hold=hold)
            had, lost = (tuple(map(_publication, which)) for which in (event.published, event.withdrawn))
            return _ended(change(stood, published=had, withdrawn=lost), how)
        case _:
            return state


def fold(stream: str, history: Iterable[e.Recorded]) -> ReleaseState:
    """Fold a release's whole stream."""
    state = ReleaseState(stream=stream)
    for recorded in history:
        state = evolve(state, recorded)
    return state


def restate(state: ReleaseState) -> e.ReleaseRestated | None:
    """Tell where a release stands without personal data; folding it gives the same decisions. None where no run has ended."""
    if state.ended is None:
        return None
    return e.ReleaseRestated(
        run=state.run,
        attempt=state.attempt,
        ended=state.ended,
        hold=state.hold,
        published=tuple(map(_restated, state.published)),
        withdrawn=tuple(map(_restated, state.withdrawn)),
    )


def _restated(was: Published) -> e.RestatedPublication:
    return e.RestatedPublication(bundle_id=was.bundle_id, version=was.version.text, commit=was.commit, asset=was.asset)


def _publication(was: e.RestatedPublication) -> Published:
    return Published(commit=was.commit, asset=was.asset, bundle_id=was.bundle_id, version=Version.parse(was.version))


def _without(publications: tuple[Published, ...], newest: Published) -> tuple[Published, ...]:
    return tuple(p for p in publications if (p.bundle_id, p.version) != (newest.bundle_id, newest.version))


def _done(state: ReleaseState) -> ReleaseState:
    return msgspec.structs.replace(state, claimed=None, failures=(), retry_at_us=0)


def _ended(state: ReleaseState, how: str) -> ReleaseState:
    return msgspec.structs.replace(_done(state), ended=how, cleared=False)
