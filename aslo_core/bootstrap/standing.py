"""How an installation stands: what runs, what waits, and what is wrong. Looking changes nothing, and needs no `aslo serve`."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from aslo_core.bootstrap.databases import log_where, open_log, open_views, time_of_log, views_path
from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.bootstrap.serving import Serving, ask
from aslo_core.config import CoreSettings
from aslo_core.errors import AsloError
from aslo_core.jobs.silence import silence
from aslo_core.log.trial import try_writing
from aslo_core.projections import PROJECTIONS, queue, waits
from aslo_core.projections.copy_tables import EMPTIED
from aslo_core.projections.standing import parked_events, unreadable
from aslo_core.projections.turns import Urgency
from aslo_core.projections.views import Views, reached
from aslo_core.projections.waits import AtWork, PeerFailing, StepWaiting
from aslo_core.release.clock import wall_clock
from aslo_core.release.pressure import LOG_AWAY, Ground, Pause, StorageFailing, why_paused
from aslo_core.types import Value

NO_ROOM = "takes nothing new: the disk of its data folder is nearly full"
"""What is the matter with such a worker, after its name."""

OFTEN = 5
"""Failures in a row after which a peer is something to look at: it has been away for half a minute or more."""

TOP = 10
"""Owners of the queue that are named."""


class OwnerWaiting(Value):
    """What an owner has in the queue.

    Attributes:
        owner: `<source>:<account>`.
        waiting: how many releases.
        by_hand: those of them that an operator asked for.
        at_work: how many are worked on.
    """

    owner: str
    waiting: int
    by_hand: int
    at_work: int


class Queue(Value):
    """What waits, and what is worked on.

    Attributes:
        length: how many releases wait for their turn.
        owners: how many accounts these are of.
        top: those with the most.
        at_work: what workers hold a step of.
        steps: what failed and is to be tried again.
        storages: those that copies cannot be brought to.
        emptied: names of the storages that have nothing any more of what they had.
        notifiers: those that notices cannot be given to.
        sources: those that cannot be asked for what no delivery told.
    """

    length: int
    owners: int
    top: tuple[OwnerWaiting, ...]
    at_work: tuple[AtWork, ...]
    steps: tuple[StepWaiting, ...]
    storages: tuple[PeerFailing, ...]
    emptied: tuple[str, ...]
    notifiers: tuple[PeerFailing, ...]
    sources: tuple[PeerFailing, ...]


class Standing(Value):
    """How an installation stands.

    Attributes:
        well: whether nothing is wrong.
        wrong: what is, in words.
        serving: who serves it.
        log_head: position of the log's newest event, -1 for none; None where it cannot be read.
        log_error: why the log cannot be read or written, or empty.
        views: position that the read models have come to; None where they cannot be read.
        views_error: why they cannot be read or are not whole, or empty.
        queue: as the read models have it; None where they cannot be read.
        paused: why no release is begun, in words.
        free_mib: free on the disk of the data folder.
        keep_free_mib: kept free there for the log.
        workers, per_owner: how many releases are worked on at the same time, and how many of one owner.
        looked_us: when all that was, µs since 1970 UTC.
    """

    well: bool
    wrong: tuple[str, ...]
    serving: Serving
    log_head: int | None
    log_error: str
    views: int | None
    views_error: str
    queue: Queue | None
    paused: tuple[str, ...]
    free_mib: int
    keep_free_mib: int
    workers: int
    per_owner: int
    looked_us: int


def look(settings: CoreSettings) -> Standing:
    """Look how an installation stands."""
    serving = ask(settings)
    log_head, log_error = _log(settings)
    now = wall_clock() if log_head is None else time_of_log(settings)
    views = queued = pause = None
    views_error = ""
    free = _free(settings)
    try:
        with closing(_views(settings)) as opened, opened.snapshot() as connection:
            views, views_error = reached(connection), _views_lack(connection)
            queued = _queue(connection, now)
            failing = waits.storages_failing(connection)
        # Which of them are required is in the plugins' tables, which are not read here: who serves knows that as well.
        storages = tuple(StorageFailing(name=one.name, failures=one.failures, error=one.error) for one in failing)
        nobody = serving.parts is not None and serving.parts.nobody_has_room
        broker_error = "" if serving.health else silence(settings.broker.url.get_secret_value())
        ground = Ground(free=free, log_error=log_error, broker_error=broker_error, storages=storages, no_worker_has_room=nobody)
        pause = why_paused(ground, settings.data.keep_free_mib << 20, Pause())
    except (AsloError, SQLAlchemyError) as reason:
        views_error = str(reason)
    # A pause ends later than it begins, so that it cannot always be told from here.
    paused = serving.health.paused if serving.health else pause.words if pause else ()
    wrong = tuple(_wrong(settings, serving, log_error, views_error, queued, paused))
    return Standing(
        well=not wrong,
        wrong=wrong,
        serving=serving,
        log_head=log_head,
        log_error=log_error,
        views=views,
        views_error=views_error,
        queue=queued,
        paused=paused,
        free_mib=free >> 20,
        keep_free_mib=settings.data.keep_free_mib,
        workers=settings.build.workers,
        per_owner=settings.build.cap,
        looked_us=now,
    )


def _free(settings: CoreSettings) -> int:
    folder = settings.data_path
    return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free


def _log(settings: CoreSettings) -> tuple[int | None, str]:
    """Give the position of the newest event, and why it cannot be read or written."""
    head = None
    try:
        with open_log(settings) as log:
            head = log.head()
        try_writing(log_where(settings))
    except AsloError as reason:
        return head, str(reason)
    return head, ""


def _views(settings: CoreSettings) -> Views:
    """Open the read models as they are; where nobody serves, bring them up to date first."""
    if ServeLock(settings.data_path).holder() is None:
        with open_views(settings):
            pass
    return Views(views_path(settings))


def _views_lack(connection: Connection) -> str:
    if missing := unreadable(connection, PROJECTIONS):
        return f"they are being rebuilt from the log, or wait for it ({', '.join(missing)})"
    if parked := parked_events(connection):
        counted = ", ".join(f"{name}: {number}" for name, number in parked.items())
        return f"they go on without events that could not be applied ({counted})"
    return ""


def _queue(connection: Connection, now_us: int) -> Queue:
    lines, at_work = queue.waiting(connection, now_us), queue.at_work(connection)
    waiting: Counter[str] = Counter()
    by_hand: Counter[str] = Counter()
    for line in lines:
        waiting[line.owner] += line.waiting
        by_hand[line.owner] += line.waiting * (line.urgency == Urgency.OPERATOR)
    return Queue(
        length=waiting.total(),
        owners=len(waiting),
        top=tuple(
            OwnerWaiting(owner=owner, waiting=number, by_hand=by_hand[owner], at_work=at_work[owner])
            for owner, number in waiting.most_common(TOP)
        ),
        at_work=waits.at_work(connection),
        steps=waits.steps_waiting(connection),
        storages=waits.copies_failing(connection),
        emptied=waits.storages_emptied(connection),
        notifiers=waits.notices_failing(connection),
        sources=waits.sources_failing(connection),
    )


def _wrong(
    settings: CoreSettings,
    serving: Serving,
    log_error: str,
    views_error: str,
    queued: Queue | None,
    paused: tuple[str, ...],
) -> Iterator[str]:
    if not serving.process and not (log_error and settings.data.log_url):  # which also knows who serves
        yield f"no `aslo serve` seems to run on {settings.data_path}: start it"
    if serving.process and serving.parts and not serving.parts.workers:
        yield "no worker lives, and nobody does the steps of releases: start `aslo worker` or `aslo serve`"
    for worker in serving.parts.without_room if serving.parts else ():
        if not serving.is_whole(worker):  # that one says it itself, as what holds up all
            yield f"worker {worker} {NO_ROOM}; make room on that machine, or lower keep_free_mib of [data] there and restart it"
    if serving.silence:
        yield f"`aslo serve` ({serving.process}) runs, but {serving.silence}"
    if log_error:
        yield f"the log: {log_error}"
    if views_error and views_error != log_error:
        yield f"the read models: {views_error}"
    yield from (words for words in paused if not (log_error and words == LOG_AWAY))
    if queued is not None:
        told = [words for words in paused if EMPTIED in words]
        yield from (f"storage {name}: {EMPTIED}" for name in queued.emptied if not any(f" {name}," in words for words in told))
        yield from _often(queued)


def _often(queued: Queue) -> Iterator[str]:
    for step in queued.steps:
        if step.failures >= OFTEN:
            by = f" by builder {step.builder}" if step.builder else ""
            yield f"{step.step}{by} failed {step.failures} times, and is tried again: {step.reason}"
    for kind, peers in (("storage", queued.storages), ("notifier", queued.notifiers), ("source", queued.sources)):
        for peer in peers:
            if peer.failures >= OFTEN:
                yield f"{kind} {peer.name} failed {peer.failures} times, and is tried again: {peer.error}"
