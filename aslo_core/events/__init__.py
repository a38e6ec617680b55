"""Every type of event, in one place: what can be written to the log, a module for each kind of stream.

Names are in the past tense and stable; any change of fields, here or in a value in them, makes a new version, and the old
one moves to the module `retired` with an upcaster. Personal data stands in bodies only, which can be erased; the log hashes
them with a salt.
"""

from __future__ import annotations

from aslo_core.events import (
    activities,
    configurations,
    copies,
    deliveries,
    erasures,
    notices,
    retired,
    runs,
    sources,
    steps,
    storages,
)
from aslo_core.events.activities import (
    ActivityRestated,
    ActivityTransferred,
    RestatedReservation,
    RestatedVersion,
    VersionFreed,
    VersionLifted,
    VersionPublished,
    VersionReserved,
    VersionWithdrawn,
)
from aslo_core.events.configurations import ConfigChanged, ConfiguredTable, ConfiguredValue
from aslo_core.events.copies import CopiesCompared, CopiesDelayed, CopiesLost, CopiesReceived, CopyRefused
from aslo_core.events.deliveries import DeliveryAccepted, DeliveryIgnored, DeliveryRefused
from aslo_core.events.erasures import BodyErased
from aslo_core.events.event import RECONCILER, Cause, Event, Recorded, Retired, Versioned
from aslo_core.events.event_types import DamagedBody, EventTypes, UnreadableEvent
from aslo_core.events.notices import NoticeFailed, NoticeSent, NoticeWithheld
from aslo_core.events.runs import (
    ENDINGS,
    ReleaseAnnounced,
    ReleaseCancelled,
    ReleaseFailed,
    ReleaseLifted,
    ReleasePublished,
    ReleaseRejected,
    ReleaseRestated,
    ReleaseUnchanged,
    ReleaseWithdrawn,
    RestatedPublication,
)
from aslo_core.events.sources import SourceDelayed, SourceReconciled
from aslo_core.events.steps import (
    AssetRefused,
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
from aslo_core.events.storages import StorageAdded, StorageRestored, StorageRetired, StorageSwitched, StorageVerified

EVENT_TYPES = EventTypes.in_modules(
    deliveries, runs, steps, activities, notices, copies, storages, sources, configurations, erasures, retired
)
"""Every type of event that can stand in the log."""

encode = EVENT_TYPES.encode
decode = EVENT_TYPES.decode

__all__ = [
    "ENDINGS",
    "EVENT_TYPES",
    "RECONCILER",
    "ActivityRestated",
    "ActivityTransferred",
    "AssetRefused",
    "BodyErased",
    "BundleBuilt",
    "BundleInspected",
    "BundleStored",
    "BundleTaken",
    "Cause",
    "ConfigChanged",
    "ConfiguredTable",
    "ConfiguredValue",
    "CopiesCompared",
    "CopiesDelayed",
    "CopiesLost",
    "CopiesReceived",
    "CopyRefused",
    "DamagedBody",
    "DeliveryAccepted",
    "DeliveryIgnored",
    "DeliveryRefused",
    "Event",
    "EventTypes",
    "NoticeFailed",
    "NoticeSent",
    "NoticeWithheld",
    "Recorded",
    "ReleaseAnnounced",
    "ReleaseCancelled",
    "ReleaseFailed",
    "ReleaseLifted",
    "ReleasePublished",
    "ReleaseRejected",
    "ReleaseRestated",
    "ReleaseUnchanged",
    "ReleaseWithdrawn",
    "RestatedPublication",
    "RestatedReservation",
    "RestatedVersion",
    "Retired",
    "SourceDelayed",
    "SourceFetched",
    "SourceReconciled",
    "StepAbandoned",
    "StepClaimed",
    "StepFailed",
    "StorageAdded",
    "StorageRestored",
    "StorageRetired",
    "StorageSwitched",
    "StorageVerified",
    "UnreadableEvent",
    "VersionCleared",
    "VersionFreed",
    "VersionLifted",
    "VersionPublished",
    "VersionReserved",
    "VersionWithdrawn",
    "Versioned",
    "decode",
    "encode",
]
