"""The only module that a plugin imports: the public types, the errors and the hook marker."""

from __future__ import annotations

<<<<<<< HEAD
from aslo_core.bundle.program import PackerProgram, packer_program
=======
from aslo_core.blobs import checked_blob_name, checked_chunks, is_blob_name
>>>>>>> storages
from aslo_core.errors import (
    AsloError,
    AuthenticationFailed,
    ConfigError,
    ConfigProblem,
    Permanent,
    Transient,
    UnsupportedMedia,
)
from aslo_core.events import Event, Recorded
from aslo_core.hookspecs import hook
from aslo_core.types import (
    Announced,
    Announcement,
    Asset,
    Blob,
    Builder,
    BuildLimits,
    BuildRequest,
    Context,
    Delivery,
    Fetched,
    FetchedAsset,
    Ignored,
    Isolation,
    LogSink,
    Notice,
    Notifier,
    Offer,
    Options,
    Person,
    Pong,
    Refused,
    Repository,
    Secret,
    Source,
    Storage,
    Verdict,
    Withdrawn,
    release_stream,
)

__all__ = [
    "Announced",
    "Announcement",
    "AsloError",
    "Asset",
    "AuthenticationFailed",
    "Blob",
    "BuildLimits",
    "BuildRequest",
    "Builder",
    "ConfigError",
    "ConfigProblem",
    "Context",
    "Delivery",
    "Event",
    "Fetched",
    "FetchedAsset",
    "Ignored",
    "Isolation",
    "LogSink",
    "Notice",
    "Notifier",
    "Offer",
    "Options",
    "PackerProgram",
    "Permanent",
    "Person",
    "Pong",
    "Recorded",
    "Refused",
    "Repository",
    "Secret",
    "Source",
    "Storage",
    "Transient",
    "UnsupportedMedia",
    "Verdict",
    "Withdrawn",
    "checked_blob_name",
    "checked_chunks",
    "hook",
<<<<<<< HEAD
    "packer_program",
=======
    "is_blob_name",
>>>>>>> storages
    "release_stream",
]
