"""What a delivery of a code host means. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from aslo_core.code_host.options import HostOptions
from aslo_core.code_host.release import Release
from aslo_core.errors import Permanent, UnsupportedMedia
from aslo_core.git import check_tag
from aslo_core.types import Announced, Delivery, Ignored, Refused, Trigger, Withdrawn

_DELIVERY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Actions:
    """What a host's words for what happened to a release mean here.

    Attributes:
        starting: those that may start work → how ASLO calls it.
        withdrawing: those that take a release back.
        explained: those that start nothing → why, in a sentence for whoever released.
    """

    starting: Mapping[str, Trigger]
    withdrawing: Collection[str]
    explained: Mapping[str, str] = field(default_factory=dict)


def require_content_type(delivery: Delivery, accepted: Sequence[str]) -> str:
    """The content type of a delivery, without its parameters, in lower case.

    Raises:
        UnsupportedMedia: it is none of these.
    """
    media = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in accepted:
        cure = f"choose {accepted[0]} as the webhook's content type"
        raise UnsupportedMedia(f"expected {' or '.join(accepted)}, found {media[:80]!r}: {cure}")
    return media


def delivery_id(given: str, body: bytes) -> str:
    """Name a delivery, safely for a stream's name.

    The host's own id is used where it has the form of one. No signature covers it, so where it is missing or odd that says
    nothing against the body: the delivery is then named by its content, and the same body again is the same delivery.

    Args:
        given: the host's id, or empty.
        body: the raw body.
    """
    return given if _DELIVERY_ID.fullmatch(given) else f"body-{hashlib.sha256(body).hexdigest()[:32]}"


def judge_release(
    delivery_id: str, action: str, release: Release, by: str, options: HostOptions, actions: Actions
) -> Announced | Withdrawn | Ignored | Refused:
    """Tell what is done about something that happened to a release.

    Args:
        delivery_id: name of the authentic delivery that tells of it.
        action: what happened, in the host's word.
        release: what it happened to; to a draft, it concerns nobody.
        by: login of who did it.
        options: whose releases are taken, and which.
        actions: what the host's words mean.
    """
    announcement = release.announcement
    repository, stream, tag = announcement.repository, announcement.stream, announcement.tag
    if reason := _reason_to_ignore(action, release, options, actions):
        return Ignored(delivery_id, f"release.{action}", reason, stream, repository, tag)
    if action in actions.withdrawing:
        return Withdrawn(delivery_id, action, repository, stream, by)
    try:
        check_tag(tag)
    except Permanent as error:
        return Refused(delivery_id, f"{error.found} {error.cure}")
    return Announced(delivery_id, actions.starting[action], announcement)


def _reason_to_ignore(action: str, release: Release, options: HostOptions, actions: Actions) -> str:
    """Say why a release starts no work, or nothing where it does."""
    owner = release.announcement.repository.owner
    if not options.allows(owner):
        return f"{owner} is not among the owners that this source takes releases from"
    if action in actions.explained:
        return actions.explained[action]
    if release.draft:
        return "it is a draft; the work starts when it is published"
    if action not in (*actions.starting, *actions.withdrawing):
        return f"the action {action!r} does not change what is released"
    if action in actions.starting and release.announcement.prerelease and not options.prereleases:
        return "it is marked as a pre-release, and this source does not take those"
    return ""
