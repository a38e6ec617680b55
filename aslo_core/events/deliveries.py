"""Deliveries: `delivery/<source>/<delivery id>`."""

from __future__ import annotations

from aslo_core.events.event import Event, recorded
from aslo_core.types import Repository


@recorded("delivery.accepted")
class DeliveryAccepted(Event):
    """A delivery started or changed something.

    Attributes:
        trigger: the host's word for what happened, for example `published`; `submitted` for one by hand.
        release: stream of the release that it went to.
        repository: where that was released.
        tag: its tag, or empty where the delivery names none.
        body_digest: SHA-256 of the raw bytes that were signed.
        body_size: how many they were.
    """

    trigger: str
    release: str
    repository: Repository
    tag: str
    body_digest: str
    body_size: int


@recorded("delivery.ignored")
class DeliveryIgnored(Event):
    """An authentic delivery started nothing.

    Attributes:
        trigger: the host's word for what happened, for example `release.created` or `ping`.
        reason: why nothing is done, in a sentence for whoever released.
        body_digest: SHA-256 of the raw bytes that were signed.
        body_size: how many they were.
        release: stream of the release that it tells of, or empty when it tells of none; the stream may have no events.
        repository: where it comes from, as far as it tells.
        tag: the release's tag, or empty.
    """

    trigger: str
    reason: str
    body_digest: str
    body_size: int
    release: str = ""
    repository: Repository | None = None
    tag: str = ""


@recorded("delivery.refused")
class DeliveryRefused(Event):
    """An authentic delivery could not be understood.

    Attributes:
        reason: what was expected and what was found.
        body_digest: SHA-256 of the raw bytes that were signed.
        body_size: how many they were.
    """

    reason: str
    body_digest: str
    body_size: int
