"""Why no release is begun for now, though some are due: back-pressure. Pure.

The log goes first: as long as it can be written, webhooks are accepted, and everything else can wait. So what would use up the
disk, or could only pile up, is not begun.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from aslo_core.projections.copy_tables import EMPTIED
from aslo_core.projections.queue import STATES
from aslo_core.types import Value

Kind = Literal["disk", "workers", "log", "broker", "storage", "emptied"]

LOG_AWAY = "the log cannot be written; `aslo status` says why"

IN_ROW = 2
"""Failures, with nothing kept since, after which a storage counts as away: a single one may be chance."""

_MIB = 1 << 20


class StorageFailing(Value):
    """A storage that runs which have not ended wait for, and that took nothing since it failed them.

    Attributes:
        name: the storage's instance.
        failures: how many attempts at these runs failed.
        error: what it said last.
    """

    name: str
    failures: int
    error: str


class Ground(Value):
    """What is looked at.

    Attributes:
        free: bytes that are free on the disk of the data folder.
        log_error: why the log cannot be written, or empty.
        broker_error: why the broker does not answer, or empty.
        storages: those that fail.
        emptied: names of those that have nothing any more of what they had.
        no_worker_has_room: whether workers live, and the own disk of each is nearly full.
    """

    free: int
    log_error: str = ""
    broker_error: str = ""
    storages: tuple[StorageFailing, ...] = ()
    emptied: tuple[str, ...] = ()
    no_worker_has_room: bool = False


class Reason(Value):
    """One reason to pause.

    Attributes:
        kind: what it is about.
        about: name of the storage where the reason is one; else empty.
        words: what is the matter, and what ends it; everybody may read them.
    """

    kind: Kind
    about: str
    words: str


class Pause(Value):
    """Whether releases are begun. What is at work goes on.

    Attributes:
        reasons: why not; none while all is well.
    """

    reasons: tuple[Reason, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The reasons for people."""
        return tuple(reason.words for reason in self.reasons)

    def is_about(self, kind: Kind) -> bool:
        """Whether one of the reasons is of that kind."""
        return any(reason.kind == kind for reason in self.reasons)

    @property
    def held(self) -> frozenset[str]:
        """States of releases that are held back, as `aslo_core.projections.queue` names them.

        With little room left, what is between two of its steps goes on. What waits for a storage is tried again there. Nothing
        has to be held back for a broker that is away: it is found out by ringing when it is there again.
        """
        kinds = {reason.kind for reason in self.reasons} - {"broker"}
        if "log" in kinds:
            return STATES
        return frozenset({"queued", "waiting"} if kinds & {"disk", "workers"} else {"queued"} if kinds else ())

    @property
    def takes_trials(self) -> bool:
        """Whether a new release now and then shows if the pause can end, since what waits may be tried again much later."""
        return {reason.kind for reason in self.reasons} == {"storage"}


def why_paused(ground: Ground, keep_free: int, before: Pause) -> Pause:
    """Judge whether to pause.

    So that it does not flap, a pause ends later than it begins: with a quarter more room than `keep_free`, and with a storage
    that fails nobody any more.

    Args:
        ground: what was found now.
        keep_free: bytes below which the disk counts as nearly full; 0 for never.
        before: the judgement before this one.
    """
    known = {(reason.kind, reason.about) for reason in before.reasons}
    disk = tuple(_disk(ground, keep_free, known)) or tuple(_workers(ground))  # that of a worker here is told already
    return Pause(reasons=(*_log(ground), *_broker(ground), *disk, *_storages(ground, known), *_emptied(ground)))


def _log(ground: Ground) -> Iterator[Reason]:
    if ground.log_error:
        # What went wrong may name folders and hosts, which are no business of whoever may read this.
        yield Reason(kind="log", about="", words=LOG_AWAY)


def _broker(ground: Ground) -> Iterator[Reason]:
    if ground.broker_error:
        words = "the broker of [broker] does not answer, and no worker hears what is due: start it, or look for what keeps it"
        yield Reason(kind="broker", about="", words=f"{words}; what is due is rung for again by itself")


def _disk(ground: Ground, keep_free: int, known: Collection[tuple[str, str]]) -> Iterator[Reason]:
    enough = keep_free * 5 // 4
    if ground.free < (enough if ("disk", "") in known else keep_free):
        found = f"the disk of the data folder is nearly full: {ground.free // _MIB:,} MiB are free"
        cure = f"make room until {-(-enough // _MIB):,} MiB are, or lower keep_free_mib of [data]"
        yield Reason(kind="disk", about="", words=f"{found}; {cure}")


def _workers(ground: Ground) -> Iterator[Reason]:
    if ground.no_worker_has_room:
        words = "the disk of every worker is nearly full, and none takes anything new; `aslo status` names them"
        yield Reason(kind="workers", about="", words=words)


def _storages(ground: Ground, known: Collection[tuple[str, str]]) -> Iterator[Reason]:
    for storage in ground.storages:
        if storage.failures >= IN_ROW or ("storage", storage.name) in known:
            words = f"storage {storage.name} fails, and every release needs it: {storage.error}"
            yield Reason(kind="storage", about=storage.name, words=words)


def _emptied(ground: Ground) -> Iterator[Reason]:
    for name in ground.emptied:
        yield Reason(kind="emptied", about=name, words=f"every release needs storage {name}, and {EMPTIED}")
