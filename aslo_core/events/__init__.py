"""Every type of event, in one place: what can be written to the log, a module for each kind of stream.

Names are in the past tense and stable; a change of fields makes a new version, and the old one moves to a module `retired` with
an upcaster. Personal data stands in bodies only, which can be erased; the log hashes them with a salt.
"""

from __future__ import annotations

from aslo_core.events.activities import (
    ActivityRestated,
    RestatedReservation,
    RestatedVersion,
    VersionFreed,
    VersionPublished,
    VersionReserved,
    VersionWithdrawn,
)
from aslo_core.events.deliveries import DeliveryAccepted, DeliveryIgnored, DeliveryRefused
from aslo_core.events.erasures import BodyErased
from aslo_core.events.event import Cause, Event, Recorded, decode, encode, known_types
from aslo_core.events.notices import NoticeFailed, NoticeSent
from aslo_core.events.runs import (
    ENDINGS,
    ReleaseAnnounced,
    ReleaseCancelled,
    ReleaseFailed,
    ReleasePublished,
    ReleaseRejected,
    ReleaseRestated,
    ReleaseUnchanged,
    ReleaseWithdrawn,
    RestatedPublication,
)
from aslo_core.events.steps import (
    BundleBuilt,
    BundleInspected,
    BundleStored,
    BundleTaken,
    SourceFetched,
    StepAbandoned,
    StepClaimed,
    StepFailed,
    VersionCleared,
)

__all__ = [
    "ENDINGS",
    "ActivityRestated",
    "BodyErased",
    "BundleBuilt",
    "BundleInspected",
    "BundleStored",
    "BundleTaken",
    "Cause",
    "DeliveryAccepted",
    "DeliveryIgnored",
    "DeliveryRefused",
    "Event",
    "NoticeFailed",
    "NoticeSent",
    "Recorded",
    "ReleaseAnnounced",
    "ReleaseCancelled",
    "ReleaseFailed",
    "ReleasePublished",
    "ReleaseRejected",
    "ReleaseRestated",
    "ReleaseUnchanged",
    "ReleaseWithdrawn",
    "RestatedPublication",
    "RestatedReservation",
    "RestatedVersion",
    "SourceFetched",
    "StepAbandoned",
    "StepClaimed",
    "StepFailed",
    "VersionCleared",
    "VersionFreed",
    "VersionPublished",
    "VersionReserved",
    "VersionWithdrawn",
    "decode",
    "encode",
    "known_types",
]
