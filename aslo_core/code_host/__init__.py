"""What sources of code hosts do alike, so that a plugin has only what its host does in its own way.

Plugins use it as `from aslo_core.api import code_host`. A plugin reads its host's payloads and answers into the values here,
proves deliveries by its host's rule, and implements `Reader`; what a delivery then means, whose releases are taken, and how one
is fetched is decided here once.
"""

from __future__ import annotations

from aslo_core.code_host.deliveries import Actions, delivery_id, judge_release, require_content_type
from aslo_core.code_host.fields import (
    MOST_ATTACHED,
    NAME,
    WORD,
    FileName,
    Id,
    Notes,
    Size,
    TagName,
    Title,
    microseconds,
    require,
    require_name,
)
from aslo_core.code_host.listing import recent
from aslo_core.code_host.options import EVERYBODY, HostOptions
from aslo_core.code_host.probing import MOST_REPOSITORIES, WEBHOOK_OF_EVERYBODY, webhook_of
from aslo_core.code_host.release import Attached, Release
from aslo_core.code_host.source import HostSource, Reader

__all__ = [
    "EVERYBODY",
    "MOST_ATTACHED",
    "MOST_REPOSITORIES",
    "NAME",
    "WEBHOOK_OF_EVERYBODY",
    "WORD",
    "Actions",
    "Attached",
    "FileName",
    "HostOptions",
    "HostSource",
    "Id",
    "Notes",
    "Reader",
    "Release",
    "Size",
    "TagName",
    "Title",
    "delivery_id",
    "judge_release",
    "microseconds",
    "recent",
    "require",
    "require_content_type",
    "require_name",
    "webhook_of",
]
