"""The values that pass between the parts of ASLO, and the four Protocols that a plugin implements.

Values are frozen. Digests are 64 lower-case hexadecimal digits of SHA-256, sizes are bytes, times are seconds unless a
name ends in `_us` (microseconds since 1970-01-01 UTC).
"""

from __future__ import annotations

from aslo_core.types.announcements import Announcement, Asset, Person, Repository, release_stream
from aslo_core.types.builders import (
    Builder,
    BuilderImage,
    BuildLimits,
    BuildRequest,
    Imaged,
    InspectionRequest,
    Isolation,
    LogSink,
    RunsSetup,
    Tended,
    Toolchain,
)
from aslo_core.types.bundles import IconPicture, Metadata, Screenshot, TakenAsset, Translation
from aslo_core.types.deliveries import Announced, Delivery, Ignored, Pong, Refused, Trigger, Undelivered, Verdict, Withdrawn
from aslo_core.types.interruptible import Interruptible
from aslo_core.types.notifiers import NOTICE_KINDS, Notice, NoticeKind, Notifier, SendsTest, Templated
from aslo_core.types.offers import Context, Offer
from aslo_core.types.options import ChosenHere, Options, Secret, WebAddress
from aslo_core.types.probes import Probed, Probes, ProbeVerdict
from aslo_core.types.sources import (
    Fetched,
    FetchedAsset,
    ListsDeliveries,
    ListsReleases,
    Source,
    Submittable,
    WebhookReceiver,
)
from aslo_core.types.storages import Blob, Handover, HandsOver, Located, Place, Storage
from aslo_core.types.value import Value

__all__ = [
    "NOTICE_KINDS",
    "Announced",
    "Announcement",
    "Asset",
    "Blob",
    "BuildLimits",
    "BuildRequest",
    "Builder",
    "BuilderImage",
    "ChosenHere",
    "Context",
    "Delivery",
    "Fetched",
    "FetchedAsset",
    "Handover",
    "HandsOver",
    "IconPicture",
    "Ignored",
    "Imaged",
    "InspectionRequest",
    "Interruptible",
    "Isolation",
    "ListsDeliveries",
    "ListsReleases",
    "Located",
    "LogSink",
    "Metadata",
    "Notice",
    "NoticeKind",
    "Notifier",
    "Offer",
    "Options",
    "Person",
    "Place",
    "Pong",
    "ProbeVerdict",
    "Probed",
    "Probes",
    "Refused",
    "Repository",
    "RunsSetup",
    "Screenshot",
    "Secret",
    "SendsTest",
    "Source",
    "Storage",
    "Submittable",
    "TakenAsset",
    "Templated",
    "Tended",
    "Toolchain",
    "Translation",
    "Trigger",
    "Undelivered",
    "Value",
    "Verdict",
    "WebAddress",
    "WebhookReceiver",
    "Withdrawn",
    "release_stream",
]
