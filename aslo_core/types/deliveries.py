"""A webhook as it came in, and what it may mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aslo_core.types.announcements import Announcement, Repository

Trigger = Literal["published", "edited", "submitted", "reconciled"]
"""Why a run may be opened, in ASLO's words, whatever a host calls it: `published` always opens one and ends a hold of its host;
`edited` says that something about the release changed, and opens one only while nothing of it is published; `submitted` is by
hand; `reconciled` is what ASLO found when it asked the source itself, and opens one only where no other delivery did."""


@dataclass(frozen=True)
class Delivery:
    """A webhook as it came in, before anything in it is believed.

    Attributes:
        headers: header names in lower case → value.
        body: the raw bytes, exactly as received: signatures are over these.
    """

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Announced:
    """A delivery that tells of a release to work on.

    Attributes:
        trigger: what happened, in ASLO's words.
    """

    delivery_id: str
    trigger: Trigger
    announcement: Announcement


@dataclass(frozen=True)
class Withdrawn:
    """A delivery that tells that a release was taken back on its host.

    Attributes:
        trigger: the host's word, for example `deleted` or `unpublished`.
        stream: the release's stream.
        by: login of who did it.
    """

    delivery_id: str
    trigger: str
    repository: Repository
    stream: str
    by: str


@dataclass(frozen=True)
class Undelivered:
    """A delivery that nobody took, as its host keeps it.

    Attributes:
        verdict: what it would have meant; its id is the host's, so that the same one, delivered again, is the same delivery.
        tried_us: when it was tried first, in microseconds since 1970.
    """

    verdict: Announced | Withdrawn
    tried_us: int


@dataclass(frozen=True)
class Ignored:
    """An authentic delivery that starts no work.

    Attributes:
        trigger: what it was, for example `push` or `release.created`.
        reason: why nothing is done, in a sentence for whoever released.
        release: stream of the release that it tells of, or empty when it tells of none.
        repository: where it comes from, as far as it tells.
        tag: the release's tag, or empty.
    """

    delivery_id: str
    trigger: str
    reason: str
    release: str = ""
    repository: Repository | None = None
    tag: str = ""


@dataclass(frozen=True)
class Refused:
    """An authentic delivery that cannot be understood. Answered with 400.

    Attributes:
        reason: what was expected and what was found, in a sentence.
    """

    delivery_id: str
    reason: str


@dataclass(frozen=True)
class Pong:
    """An authentic delivery that only asks whether anybody is there.

    Attributes:
        hook_id: the host's id of the hook, or empty.
    """

    delivery_id: str
    hook_id: str = ""


Verdict = Announced | Withdrawn | Ignored | Refused | Pong
"""What an authentic delivery means: `Announced`, `Withdrawn`, `Ignored`, `Refused` or `Pong`."""
