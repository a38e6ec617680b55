"""Read model: every authentic delivery and what was decided about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, MetaData, String, Table, Text, select

from aslo_core.events import DeliveryAccepted, DeliveryIgnored, DeliveryRefused, Recorded
from aslo_core.projections.columns import Packed
from aslo_core.projections.projection import Projection
from aslo_core.projections.rows import Rows
from aslo_core.types import Repository, Value

tables = MetaData()

deliveries = Table(
    "delivery",
    tables,
    Column("source", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("decision", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("release", String, nullable=False),
    Column("repository", Packed[Repository](Repository)),
    Column("tag", String, nullable=False),
    Column("body_digest", String, nullable=False),
    Column("body_size", BigInteger, nullable=False),
    Column("reconciled", Boolean, nullable=False),
    Index("delivery_newest", "position"),
    Index("delivery_of_release", "release"),
)


class DeliveryRow(Value):
    """What became of one delivery.

    Attributes:
        source: the source's instance.
        id: the host's id of the delivery.
        position: position in the log.
        received_us: when it was recorded.
        decision: `accepted`, `ignored` or `refused`.
        trigger: what it told of, for example `published`; empty when refused.
        reason: why it was ignored or refused; empty when accepted.
        release: stream of the release that it told of, or empty.
        repository: where it came from, as far as it told.
        tag: the release's tag, or empty.
        body_digest: SHA-256 of the raw body.
        body_size: its size.
        reconciled: whether nobody brought it: ASLO found it when it asked the source.
    """

    source: str
    id: str
    position: int
    received_us: int
    decision: str
    trigger: str
    reason: str
    release: str
    repository: Repository | None
    tag: str
    body_digest: str
    body_size: int
    reconciled: bool


def apply(rows: Rows, recorded: Recorded) -> None:
    """Note a delivery; other events change nothing."""
    event = recorded.event
    told: dict[str, Any]
    match event:
        case DeliveryAccepted():
            told = {"decision": "accepted", "trigger": event.trigger, "reason": "", "release": event.release}
            told |= {"repository": event.repository, "tag": event.tag}
        case DeliveryIgnored():
            told = {"decision": "ignored", "trigger": event.trigger, "reason": event.reason, "release": event.release}
            told |= {"repository": event.repository, "tag": event.tag}
        case DeliveryRefused():
            told = {"decision": "refused", "trigger": "", "reason": event.reason, "release": "", "repository": None, "tag": ""}
        case _:
            return
    _, source, id_ = recorded.stream.split("/", 2)
    told |= {"position": recorded.position, "received_us": recorded.recorded_us}
    told |= {"body_digest": event.body_digest, "body_size": event.body_size}
    told["reconciled"] = recorded.cause.is_reconciliation
    rows.put(deliveries, {"source": source, "id": id_, **told})


PROJECTION = Projection("deliveries", 2, tables, frozenset({DeliveryAccepted, DeliveryIgnored, DeliveryRefused}), apply)


def find(connection: Connection, source: str, id_: str) -> DeliveryRow | None:
    """The delivery of that source and id, or None when there is none (yet)."""
    query = select(deliveries).where(deliveries.c.source == source, deliveries.c.id == id_)
    row = connection.execute(query).mappings().one_or_none()
    return DeliveryRow(**row) if row else None


def newest(connection: Connection, limit: int, before: int | None = None) -> tuple[DeliveryRow, ...]:
    """The newest deliveries, newest first; those at positions below `before` when it is given."""
    query = select(deliveries).order_by(deliveries.c.position.desc()).limit(limit)
    if before is not None:
        query = query.where(deliveries.c.position < before)
    return tuple(DeliveryRow(**row) for row in connection.execute(query).mappings())


def of_release(connection: Connection, stream: str) -> tuple[DeliveryRow, ...]:
    """The deliveries that told of a release, ignored ones among them, oldest first."""
    query = select(deliveries).where(deliveries.c.release == stream).order_by(deliveries.c.position)
    return tuple(DeliveryRow(**row) for row in connection.execute(query).mappings())


def is_announcement_ignored(connection: Connection, stream: str) -> bool:
    """Whether a release was announced, and that was ignored."""
    ignored = (deliveries.c.release == stream) & (deliveries.c.decision == "ignored")
    query = select(deliveries.c.id).where(ignored, deliveries.c.trigger.in_(("published", "release.published"))).limit(1)
    return connection.execute(query).first() is not None
