"""Faults that are put into the product on purpose: the simulation must find each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from aslo_core import events as e
from aslo_core.jobs.claims import DeadClaims
from aslo_core.jobs.dispatcher import Dispatcher
from aslo_core.log import Entry, EventLog
from aslo_core.log.outcome import Appended
from aslo_core.projections import notices
from aslo_core.release import decide, worker
from aslo_core.release.intake import Intake, Receipt
from aslo_core.release.state import ReleaseState
from aslo_core.types import Verdict

Patch = pytest.MonkeyPatch


def no_fence(patch: Patch) -> None:
    """What an attempt did is recorded though another one holds the step."""

    def unfenced(release: ReleaseState, _attempt: int, step: str | None = None) -> str:
        return step or release.claimed or ""

    patch.setattr(decide, "_fenced", unfenced)


def claim_without_expiry(patch: Patch) -> None:
    """What a worker claimed that is gone stays claimed."""
    patch.setattr(DeadClaims, "turn", lambda _: None)


def no_idempotency_key(patch: Patch) -> None:
    """A delivery that comes again starts what it starts once more."""
    append = EventLog.append

    def keyless(
        self: EventLog, entries: Sequence[Entry], *, cause: e.Cause, expect: Mapping[str, int] | None = None, key: str = ""
    ) -> Appended:
        if cause.source.startswith("intake/"):
            key, expect = "", {stream: at for stream, at in (expect or {}).items() if not stream.startswith("delivery/")}
        return append(self, entries, cause=cause, expect=expect, key=key)

    patch.setattr(EventLog, "append", keyless)
    patch.setattr(Intake, "_seen", lambda *_: None)


def reconciler_off(patch: Patch) -> None:
    """What was rung for once is taken to be in the broker for ever."""
    rang = Dispatcher._rang

    def once(self: Dispatcher, stream: str, now: int) -> bool:
        rung = self.__dict__.setdefault("rung_ever", set())
        if stream in rung:
            return True
        rung.add(stream)
        return rang(self, stream, now)

    patch.setattr(Dispatcher, "_rang", once)


def answer_before_commit(patch: Patch) -> None:
    """202 is sent first, and the delivery recorded then."""
    receive = Intake.receive

    def hasty(self: Intake, source: str, verdict: Verdict, body: bytes, **more: Any) -> Receipt:
        try:
            return receive(self, source, verdict, body, **more)
        except BaseException:  # noqa: BLE001 - the process dies just after the answer
            return Receipt(delivery_id=verdict.delivery_id, decision="accepted")

    patch.setattr(Intake, "receive", hasty)


def doubt_left_alone(patch: Patch) -> None:
    """A worker that lives keeps what it has claimed and could not record the outcome of."""
    patch.setattr(worker.Worker, "settle", lambda _: None)


def notice_without_key(patch: Patch) -> None:
    """Whoever tells does not look whether it was told and recorded before."""
    append = EventLog.append

    def keyless(
        self: EventLog, entries: Sequence[Entry], *, cause: e.Cause, expect: Mapping[str, int] | None = None, key: str = ""
    ) -> Appended:
        return append(self, entries, cause=cause, expect=expect, key="" if cause.source.startswith("herald/") else key)

    patch.setattr(EventLog, "append", keyless)


def end_untold(patch: Patch) -> None:
    """A run that fails is told to nobody."""
    patch.setattr(notices, "ENDINGS", {kind: told for kind, told in notices.ENDINGS.items() if told != "rejected"})


FAULTS: Mapping[str, Callable[[Patch], None]] = {
    "no fence": no_fence,
    "claim without expiry": claim_without_expiry,
    "no idempotency key": no_idempotency_key,
    "reconciler off": reconciler_off,
    "answer before commit": answer_before_commit,
    "doubt left alone": doubt_left_alone,
    "notice without key": notice_without_key,
    "end untold": end_untold,
}
