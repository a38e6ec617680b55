"""What becomes of a delivery: the decision and the release's first event, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal, assert_never

from aslo_core import events as e
from aslo_core.errors import Conflict, Permanent
from aslo_core.log import Entry, EventLog
from aslo_core.release import commands as c
from aslo_core.release.decide import NotNow
from aslo_core.release.desk import DoneBefore, ReleaseDesk
from aslo_core.release.recordable import recordable
from aslo_core.release.state import ReleaseState
from aslo_core.types import Announced, Announcement, Ignored, Pong, Refused, Value, Verdict, Withdrawn


class InForce(Value):
    """The instances that a new run uses, by their names in `aslo.toml`.

    Attributes:
        notifiers: those that can tell of releases of the run's source.
        storages: those that are required.
    """

    builder: str
    notifiers: tuple[str, ...]
    storages: tuple[str, ...]


class Receipt(Value):
    """What whoever delivered is told.

    Attributes:
        delivery_id: id of the delivery.
        decision: `accepted`, `ignored`, `refused` or `duplicate`.
        reason: why, in a sentence; empty when accepted.
        release: the release's stream, or empty.
    """

    delivery_id: str
    decision: str
    reason: str = ""
    release: str = ""


def delivery_stream(source: str, delivery_id: str) -> str:
    """Name of a delivery's stream: `delivery/<source>/<delivery id>`."""
    return f"delivery/{source}/{delivery_id}"


class Intake:
    """Turns verdicts into events.

    Args:
        log: where they go.
        in_force: gives the instances that a run of a source's release uses which begins now.
    """

    def __init__(self, log: EventLog, in_force: Callable[[str], InForce]) -> None:
        self._log = log
        self._desk = ReleaseDesk(log)
        self._in_force = in_force

    def receive(self, source: str, verdict: Verdict, body: bytes, *, actor: str = "") -> Receipt:
        """Record one authentic delivery and start what it asks for. When this returns, it is on disk.

        Args:
            source: name of the source's instance.
            verdict: what the source says that the delivery means.
            body: the raw bytes that were signed.
            actor: opaque id of who asks, `operator` for a command by hand, `reconciler` for what ASLO found itself; the
                source's host when empty.

        Raises:
            LogUnavailable: the log cannot be written; nothing was recorded.
        """
        try:
            return self._record(source, verdict, body, _cause(source, actor))
        except Conflict:
            # It came before. That is not looked for beforehand: the log knows it by its key, and most deliveries are new.
            seen = self._seen(source, verdict.delivery_id)
            if seen is None:
                raise
            return seen

    def retry(self, stream: str, actor: str, trigger: Literal["retry", "rebuild"] = "retry") -> None:
        """Open a new run of a release from its last announcement.

        Args:
            stream: the release's stream.
            actor: who asks for it.
            trigger: `rebuild` for one of many, which all else goes before.

        Raises:
            NotNow: the release is unknown, on its way or on hold.
        """
        release = self._desk.load(stream)
        if release.announced is None:
            raise NotNow(f"no release is known as {stream!r}")
        self._desk.handle(stream, self._announce(trigger, release.announcement), cause=e.Cause(source="operator", actor=actor))

    def _record(self, source: str, verdict: Verdict, body: bytes, cause: e.Cause) -> Receipt:
        try:
            return self._decide(source, verdict, body, cause)
        except Permanent as reason:
            # What it tells cannot stand in the log, and yet it was authentic: it has to end with a reason as any other.
            digest, size = hashlib.sha256(body).hexdigest(), len(body)
            refused = e.DeliveryRefused(reason=recordable(f"{reason.found} {reason.cure}"), body_digest=digest, body_size=size)
            return self._end(cause, source, verdict.delivery_id, refused)

    def _decide(self, source: str, verdict: Verdict, body: bytes, cause: e.Cause) -> Receipt:
        digest, size = hashlib.sha256(body).hexdigest(), len(body)
        match verdict:
            case Announced(trigger=trigger, announcement=announcement):
                event = e.DeliveryAccepted(
                    trigger=trigger,
                    release=announcement.stream,
                    repository=announcement.repository,
                    tag=announcement.tag,
                    body_digest=digest,
                    body_size=size,
                )
                return self._start(cause, source, verdict.delivery_id, event, self._announce(trigger, announcement))
            case Withdrawn(trigger=trigger, stream=stream, repository=repository, by=by):
                event = e.DeliveryAccepted(
                    trigger=trigger, release=stream, repository=repository, tag="", body_digest=digest, body_size=size
                )
                reason = f"the release was {trigger} on its host"
                return self._start(cause, source, verdict.delivery_id, event, c.Withdraw(by=by, reason=reason, hold="host"))
            case Ignored(trigger=trigger, reason=reason):
                ignored = e.DeliveryIgnored(
                    trigger=trigger,
                    reason=reason,
                    body_digest=digest,
                    body_size=size,
                    release=verdict.release,
                    repository=verdict.repository,
                    tag=verdict.tag,
                )
                return self._end(cause, source, verdict.delivery_id, ignored)
            case Pong():
                pong = e.DeliveryIgnored(
                    trigger="ping", reason="the host asked whether anybody is here", body_digest=digest, body_size=size
                )
                return self._end(cause, source, verdict.delivery_id, pong)
            case Refused(reason=reason):
                refused = e.DeliveryRefused(reason=reason, body_digest=digest, body_size=size)
                return self._end(cause, source, verdict.delivery_id, refused)
            case _ as never:
                assert_never(never)

    def _announce(self, trigger: str, announcement: Announcement) -> c.Announce:
        force = self._in_force(announcement.repository.source)
        return c.Announce(
            trigger=trigger,
            announcement=announcement,
            builder=force.builder,
            notifiers=force.notifiers,
            storages=force.storages,
        )

    def _start(
        self, cause: e.Cause, source: str, delivery_id: str, event: e.DeliveryAccepted, command: c.Announce | c.Withdraw
    ) -> Receipt:
        stream = delivery_stream(source, delivery_id)
        try:
            self._desk.handle(
                event.release,
                command,
                cause=cause,
                key=f"delivery:{delivery_id}",
                also=[Entry(stream, event)],
                known=ReleaseState(stream=event.release),  # most are new, and the log knows those that are not
            )
        except NotNow as reason:
            ignored = e.DeliveryIgnored(
                trigger=event.trigger,
                reason=str(reason),
                body_digest=event.body_digest,
                body_size=event.body_size,
                release=event.release,
                repository=event.repository,
                tag=event.tag,
            )
            return self._end(cause, source, delivery_id, ignored)
        return Receipt(delivery_id=delivery_id, decision="accepted", release=event.release)

    def _end(self, cause: e.Cause, source: str, delivery_id: str, event: e.DeliveryIgnored | e.DeliveryRefused) -> Receipt:
        entry = Entry(delivery_stream(source, delivery_id), event)
        key = f"delivery:{delivery_id}"
        if self._log.append([entry], cause=cause, expect={entry.stream: 0}, key=key).duplicate:
            raise DoneBefore(f"{entry.stream} was recorded before")
        decision = "ignored" if isinstance(event, e.DeliveryIgnored) else "refused"
        return Receipt(delivery_id=delivery_id, decision=decision, reason=event.reason)

    def _seen(self, source: str, delivery_id: str) -> Receipt | None:
        for recorded in self._log.read(delivery_stream(source, delivery_id)):
            release = recorded.event.release if isinstance(recorded.event, e.DeliveryAccepted) else ""
            return Receipt(
                delivery_id=delivery_id,
                decision="duplicate",
                reason="this delivery was received before; nothing was started again",
                release=release,
            )
        return None


def _cause(source: str, actor: str) -> e.Cause:
    return e.Cause(source=f"intake/{source}", actor=actor or f"host:{source}")
