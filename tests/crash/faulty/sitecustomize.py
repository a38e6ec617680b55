"""Puts one of the faults into the process that `ASLO_CRASH_FAULT` is set for: the harness must catch each of them.

Python imports this by itself at its start, so each patch is in place before the module is used.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any


def answer_before_commit() -> None:
    """202 is sent, and the delivery is recorded a little later."""
    from aslo_core.release import intake  # noqa: PLC0415 - only the process with this fault imports it
    from aslo_core.types import Announced  # noqa: PLC0415

    receive = intake.Intake.receive

    def hasty(self: Any, source: str, verdict: Any, body: bytes, **more: Any) -> Any:
        if not isinstance(verdict, Announced):
            return receive(self, source, verdict, body, **more)

        def later() -> None:
            time.sleep(1)
            receive(self, source, verdict, body, **more)

        threading.Thread(target=later, daemon=True).start()
        return intake.Receipt(delivery_id=verdict.delivery_id, decision="accepted", release=verdict.announcement.stream)

    intake.Intake.receive = hasty  # type: ignore[method-assign]


def no_idempotency_key() -> None:
    """A delivery that is sent again starts what it starts once more."""
    from aslo_core.log import EventLog  # noqa: PLC0415
    from aslo_core.release import intake  # noqa: PLC0415

    append = EventLog.append

    def keyless(self: Any, entries: Any, *, cause: Any, expect: Any = None, key: str = "") -> Any:
        if cause.source.startswith("intake/"):
            key = ""
            expect = {stream: at for stream, at in (expect or {}).items() if not stream.startswith("delivery/")}
        return append(self, entries, cause=cause, expect=expect, key=key)

    EventLog.append = keyless  # type: ignore[method-assign]
    intake.Intake._seen = lambda *_: None  # type: ignore[method-assign, assignment]


def claim_without_expiry() -> None:
    """What a worker claimed that is gone stays claimed."""
    from aslo_core.jobs.claims import DeadClaims  # noqa: PLC0415

    DeadClaims._give_up = lambda *_: None  # type: ignore[method-assign, assignment]


def store_before_reserve() -> None:
    """The version is reserved only once the bundle is stored."""
    from aslo_core.release import state  # noqa: PLC0415

    next_step = state.next_step

    def hasty(release: Any) -> str | None:
        step = next_step(release)
        if step == state.RESERVE:
            for storage in release.announced.storages:
                if storage not in release.stored:
                    return f"{state.STORE}:{storage}"
        return step

    state.next_step = hasty


def rename_before_fsync() -> None:
    """A copy gets its name before its bytes are on the disk."""
    from aslo_storage_local import descriptors  # noqa: PLC0415

    def unsynced(descriptor: int, blob: Any, path: Any, written: Any) -> None:
        try:
            for chunk in descriptors.chunks(blob, path):
                written.put(os.write(descriptor, chunk))
        finally:
            written.put(0)

    descriptors._write = unsynced


def comment_without_marker() -> None:
    """Nobody looks whether the comment is there already."""
    from aslo_notify_github import comments  # noqa: PLC0415

    comments._told = lambda *_: {}


def reconciler_off() -> None:
    """What was due when the process began is taken to be in the broker."""
    from aslo_core.jobs.dispatcher import Dispatcher  # noqa: PLC0415

    turn, rang = Dispatcher.turn, Dispatcher._rang

    def once(self: Any) -> None:
        turn(self)
        self.begun = True

    def forgetful(self: Any, stream: str, now: int) -> bool:
        missed = self.__dict__.setdefault("missed", set())
        if not self.__dict__.get("begun"):
            missed.add(stream)
        return stream in missed or rang(self, stream, now)

    Dispatcher.turn = once  # type: ignore[method-assign]
    Dispatcher._rang = forgetful  # type: ignore[method-assign]


def position_apart() -> None:
    """How far a projection is, is committed before its rows."""
    from sqlalchemy import update  # noqa: PLC0415

    from aslo_core.failpoints import failpoint  # noqa: PLC0415
    from aslo_core.projections import applying, engine  # noqa: PLC0415
    from aslo_core.projections.projection import positions  # noqa: PLC0415

    def apart(self: Any) -> tuple[int, bool]:
        reached = self._reached()
        batch = list(self._events.read_all(reached, limit=self._batch))
        if batch:
            reached = batch[-1].position
            with self._writer.begin() as connection:
                connection.execute(update(positions).values(position=batch[-1].position, event=batch[-1].id))
            failpoint("projections.batch.before")
            with self._writer.begin() as connection:
                for projection in self._projections:
                    mine = [recorded for recorded in batch if type(recorded.event) in projection.types]
                    applying._apply(connection, projection, mine, engine._go_on_without)
        return reached, bool(batch)

    engine.Projector._advance = apart  # type: ignore[method-assign]


def no_fence() -> None:
    """What an attempt comes to is recorded, whoever holds the step by then."""
    from aslo_core.release import decide  # noqa: PLC0415

    decide._fenced = lambda release, attempt, step=None: step or release.claimed or "fetch"


def dramatiqs_own_retries() -> None:
    """When a step that failed is tried again is left to dramatiq: what goes wrong is raised out of the actor."""
    import msgspec  # noqa: PLC0415
    from dramatiq.middleware import Retries  # noqa: PLC0415

    from aslo_core.bootstrap import assembly, release_workers  # noqa: PLC0415
    from aslo_core.release import commands as c  # noqa: PLC0415
    from aslo_core.release.desk import ReleaseDesk  # noqa: PLC0415

    make_broker, handle, hour_us = assembly.make_broker, ReleaseDesk.handle, 3_600_000_000

    def retrying(*about: Any) -> Any:
        broker = make_broker(*about)
        broker.add_middleware(Retries(min_backoff=500, max_backoff=2_000))
        return broker

    def raising(self: Any, stream: str, command: Any, **more: Any) -> Any:
        if isinstance(command, c.Claim):
            return handle(self, stream, msgspec.structs.replace(command, now_us=command.now_us + 2 * hour_us), **more)
        if not isinstance(command, c.Fail):
            return handle(self, stream, command, **more)
        handle(self, stream, msgspec.structs.replace(command, retry_after=3_600.0), **more)
        raise RuntimeError(command.error)

    assembly.make_broker = retrying
    release_workers.never_raising = lambda worker: worker.work  # type: ignore[assignment]
    ReleaseDesk.handle = raising  # type: ignore[method-assign]


def death_while_a_sandbox_is_made() -> None:
    """It comes in the moment in which bubblewrap's first process inside has not asked yet to be ended with the one outside.

    No fault of the product's, but one of its worst moments, which comes by chance otherwise; only root's sandboxes have it.
    """
    import json  # noqa: PLC0415
    import signal  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from aslo_builder_bubblewrap.users import TwoUsers  # noqa: PLC0415

    from aslo_core.failpoints import failpoint  # noqa: PLC0415

    go_on = TwoUsers.map

    def dying(self: Any) -> None:
        if "steps.build.after" not in os.environ.get("ASLO_FAILPOINT", ""):
            return go_on(self)
        told = b""
        while b"}" not in told:
            told += os.read(self._info, 4096)
        inside = json.loads(told)["child-pid"]
        outside = int(Path("/proc", str(inside), "stat").read_text().rpartition(")")[2].split()[1])
        os.kill(outside, signal.SIGKILL)
        return failpoint("steps.build.after")

    TwoUsers.map = dying  # type: ignore[method-assign]


def orphans_not_swept() -> None:
    """Nobody looks for sandboxes whose maker is dead."""
    from aslo_builder_bubblewrap import orphans  # noqa: PLC0415

    orphans.sweep = lambda: None
    orphans._namespace = lambda: "0"  # or another ASLO on this machine sweeps them
    death_while_a_sandbox_is_made()


def uploads_not_swept() -> None:
    """What a death left of an upload stays."""
    from aslo_storage_ftp import storage  # noqa: PLC0415
    from aslo_storage_local.folder import FolderStorage  # noqa: PLC0415

    storage.sweep = lambda *_: ()
    FolderStorage._sweep = lambda *_: None  # type: ignore[method-assign, assignment]


def another_id_with_each_email() -> None:
    """A message that is tried again has an id of its own."""
    import secrets  # noqa: PLC0415

    from aslo_notify_email import message  # noqa: PLC0415

    message._identity = lambda sender, *parts: f"<{parts[0]}.{secrets.token_hex(20)}@{sender.domain}>"


def webhooks_twice() -> None:
    """Each webhook is posted once more."""
    from aslo_notify_webhook import notifier  # noqa: PLC0415

    post = notifier.post

    def twice(*arguments: Any) -> None:
        post(*arguments)
        post(*arguments)

    notifier.post = twice


FAULTS: dict[str, Callable[[], None]] = {
    "answer before commit": answer_before_commit,
    "no idempotency key": no_idempotency_key,
    "claim without expiry": claim_without_expiry,
    "store before reserve": store_before_reserve,
    "rename before fsync": rename_before_fsync,
    "comment without marker": comment_without_marker,
    "reconciler off": reconciler_off,
    "no fence": no_fence,
    "dramatiq's own retries": dramatiqs_own_retries,
    "projection position apart from its rows": position_apart,
    "death while a sandbox is made": death_while_a_sandbox_is_made,
    "orphans not swept": orphans_not_swept,
    "uploads not swept": uploads_not_swept,
    "another id with each e-mail": another_id_with_each_email,
    "webhooks posted twice": webhooks_twice,
}

if fault := os.environ.get("ASLO_CRASH_FAULT"):
    FAULTS[fault]()
