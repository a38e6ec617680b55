"""What a delivery means. Pure.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#release: one release fires `created`, `published`, `released`
and, whenever something about it changes, `edited`; `deleted` and `unpublished` take it back.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from aslo_core.api import (
    Announced,
    Delivery,
    Ignored,
    Permanent,
    Pong,
    Refused,
    Secret,
    Trigger,
    UnsupportedMedia,
    Verdict,
    Withdrawn,
    git,
    payloads,
    release_stream,
)
from aslo_source_github.announcement import Wording
from aslo_source_github.options import EVERYBODY
from aslo_source_github.payload import PingEvent, ReleaseEvent, json_of_form
from aslo_source_github.signature import check_signature

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_DELIVERY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_EVENT = re.compile(r"[a-z_]{1,50}")

_STARTING = ("published", "edited")
_TAKING_BACK = ("unpublished", "deleted")
_SAID_OTHERWISE = {
    "created": "a release was saved; when it is published, GitHub sends `published`, which starts the work",
    "released": "GitHub sends `published` for the same release, which starts the work",
    "prereleased": "GitHub sends `published` for the same release, which starts the work where pre-releases are taken",
}


@dataclass(frozen=True)
class Rules:
    """What one source accepts.

    Attributes:
        secrets: any of them proves a delivery.
        allow_sha1: whether the old signature is enough.
        owners: accounts in lower case, or `*`.
        prereleases: whether pre-releases are taken.
        wording: how things are named.
    """

    secrets: tuple[Secret, ...]
    allow_sha1: bool
    owners: frozenset[str]
    prereleases: bool
    wording: Wording

    def allows(self, owner: str) -> bool:
        """Whether an account's repositories may release here. GitHub's names do not tell upper from lower case."""
        return EVERYBODY in self.owners or owner.lower() in self.owners


def judge(delivery: Delivery, rules: Rules) -> Verdict:
    """Tell what a delivery means.

    Raises:
        AuthenticationFailed: the signature is missing or wrong; nothing was parsed.
        UnsupportedMedia: the content type is neither JSON nor a form.
    """
    check_signature(delivery, rules.secrets, allow_sha1=rules.allow_sha1)
    media = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in (_JSON, _FORM):
        raise UnsupportedMedia(f"expected {_JSON} or {_FORM}, found {media[:80]!r}")
    name = delivery_id(delivery)
    event = delivery.headers.get("x-github-event", "")
    if not _EVENT.fullmatch(event):
        return Refused(name, f"expected the name of an event in X-GitHub-Event, found {event[:80]!r}")
    if event not in ("ping", "release"):
        return Ignored(name, event, "only releases are looked at; the webhook can be limited to the event Releases")
    try:
        body = json_of_form(delivery.body) if media == _FORM else delivery.body
        if event == "ping":
            hook = payloads.read(body, PingEvent).hook_id
            return Pong(name, str(hook or ""))
        return _judge_release(name, payloads.read(body, ReleaseEvent), rules)
    except payloads.Malformed as error:
        return Refused(name, str(error))


def delivery_id(delivery: Delivery) -> str:
    """Name a delivery, safely for a stream's name.

    GitHub's own id is used where it has the form of one. It is not covered by the signature, so where it is missing or odd that
    says nothing against the body: the delivery is then named by its content, and the same body again is the same delivery.
    """
    given = delivery.headers.get("x-github-delivery", "")
    return given if _DELIVERY_ID.fullmatch(given) else f"body-{hashlib.sha256(delivery.body).hexdigest()[:32]}"


def _judge_release(name: str, event: ReleaseEvent, rules: Rules) -> Verdict:
    repository = rules.wording.repository(event.repository)
    stream = release_stream(repository.source, repository.id, str(event.release.id))
    reason = _reason_to_ignore(event, rules)
    if reason:
        return Ignored(name, f"release.{event.action}", reason, stream, repository, event.release.tag_name)
    if event.action in _TAKING_BACK:
        return Withdrawn(name, event.action, repository, stream, event.sender.login)
    return _announced(name, event, rules)


def _reason_to_ignore(event: ReleaseEvent, rules: Rules) -> str:
    """Say why a release starts no work, or nothing where it does."""
    owner = event.repository.owner.login
    if not rules.allows(owner):
        return f"{owner} is not among the owners that this source takes releases from"
    if event.action in _SAID_OTHERWISE:
        return _SAID_OTHERWISE[event.action]
    if event.action == "unpublished":
        return ""  # it has become a draft by being taken back
    if event.release.draft:
        return "it is a draft; the work starts when it is published"
    if event.action not in (*_STARTING, *_TAKING_BACK):
        return f"the action {event.action!r} does not change what is released"
    if event.action in _STARTING and event.release.prerelease and not rules.prereleases:
        return "it is marked as a pre-release, and this source does not take those"
    return ""


def _announced(name: str, event: ReleaseEvent, rules: Rules) -> Announced | Refused:
    try:
        git.check_tag(event.release.tag_name)
    except Permanent as error:
        return Refused(name, f"{error.found} {error.cure}")
    sender = rules.wording.person(event.sender)
    trigger: Trigger = "published" if event.action == "published" else "edited"
    return Announced(name, trigger, rules.wording.announcement(event.repository, event.release, sender))
