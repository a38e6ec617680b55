"""What a delivery means. Pure.

https://docs.gitea.com/usage/webhooks, https://forgejo.org/docs/latest/user/webhooks/. Of a release a forge tells `published`,
`updated` and `deleted`, and nothing while it is a draft: publishing a draft whose tag was pushed before is `updated`, and
turning a release back into a draft is not told at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
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
from aslo_source_forgejo.announcement import Wording
from aslo_source_forgejo.options import EVERYBODY
from aslo_source_forgejo.payload import PushEvent, ReleaseEvent
from aslo_source_forgejo.signature import check_signature

_JSON = "application/json"
_DELIVERY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_EVENT = re.compile(r"[a-z_]{1,50}")
_HOSTS = ("forgejo", "gitea", "gogs", "github")
"""In whose words each header comes; those of a delivery all say the same."""

_TRIGGERS: Mapping[str, Trigger] = {"published": "published", "updated": "edited"}
_DELETED = "deleted"


@dataclass(frozen=True)
class Rules:
    """What one source accepts.

    Attributes:
        secrets: any of them proves a delivery.
        owners: accounts in lower case, or `*`.
        prereleases: whether pre-releases are taken.
        wording: how things are named.
    """

    secrets: tuple[Secret, ...]
    owners: frozenset[str]
    prereleases: bool
    wording: Wording

    def allows(self, owner: str) -> bool:
        """Whether an account's repositories may release here. A forge's names do not tell upper from lower case."""
        return EVERYBODY in self.owners or owner.lower() in self.owners


def judge(delivery: Delivery, rules: Rules) -> Verdict:
    """Tell what a delivery means.

    Raises:
        AuthenticationFailed: a signature is missing or wrong; nothing was parsed.
        UnsupportedMedia: the content type is not JSON. With a form, a forge signs not the body but the text in it.
    """
    media = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != _JSON:
        raise UnsupportedMedia(f"expected {_JSON}, found {media[:80]!r}: choose {_JSON} as the webhook's content type")
    check_signature(delivery, rules.secrets)
    name, odd = _delivery_id(delivery), _disagreement(delivery)
    event = _header(delivery, "event")
    if odd:
        return Refused(name, odd)
    if not _EVENT.fullmatch(event):
        return Refused(name, f"expected the name of an event in X-Forgejo-Event or X-Gitea-Event, found {event[:80]!r}")
    try:
        if event == "push" and payloads.read(delivery.body, PushEvent).is_test:
            return Pong(name)
        if event == "release":
            return _judge_release(name, payloads.read(delivery.body, ReleaseEvent), rules)
    except payloads.Malformed as error:
        return Refused(name, str(error))
    return Ignored(name, event, "only releases are looked at; the webhook can be limited to the event Release")


def _delivery_id(delivery: Delivery) -> str:
    """Name a delivery, safely for a stream's name.

    The forge's own id is used where it has the form of one. It is not covered by the signature, so where it is missing or odd
    that says nothing against the body: the delivery is then named by its content, and the same body again is the same delivery.
    """
    given = _header(delivery, "delivery")
    return given if _DELIVERY_ID.fullmatch(given) else f"body-{hashlib.sha256(delivery.body).hexdigest()[:32]}"


def _header(delivery: Delivery, what: str) -> str:
    own = (delivery.headers.get(f"x-{host}-{what}") for host in _HOSTS[:2])
    return next((value for value in own if value is not None), "")


def _disagreement(delivery: Delivery) -> str:
    """Say which headers that ought to say the same do not, or nothing."""
    for what in ("event", "delivery"):
        said = {name: value for host in _HOSTS if (value := delivery.headers.get(name := f"x-{host}-{what}")) is not None}
        if len(set(said.values())) > 1:
            found = ", ".join(f"{name}: {value[:80]!r}" for name, value in said.items())
            return f"expected headers that say the same, found {found}"
    return ""


def _judge_release(name: str, event: ReleaseEvent, rules: Rules) -> Verdict:
    repository = rules.wording.repository(event.repository)
    stream = release_stream(repository.source, repository.id, str(event.release.id))
    reason = _reason_to_ignore(event, rules)
    if reason:
        return Ignored(name, f"release.{event.action}", reason, stream, repository, event.release.tag_name)
    if event.action == _DELETED:
        return Withdrawn(name, event.action, repository, stream, event.sender.name)
    return _announced(name, event, rules)


def _reason_to_ignore(event: ReleaseEvent, rules: Rules) -> str:
    """Say why a release starts no work, or nothing where it does."""
    owner = event.repository.owner.name
    if not rules.allows(owner):
        return f"{owner} is not among the owners that this source takes releases from"
    if event.release.draft:
        return "it is a draft; the work starts when it is published"
    if event.action not in (*_TRIGGERS, _DELETED):
        return f"the action {event.action!r} does not change what is released"
    if event.action in _TRIGGERS and event.release.prerelease and not rules.prereleases:
        return "it is marked as a pre-release, and this source does not take those"
    return ""


def _announced(name: str, event: ReleaseEvent, rules: Rules) -> Announced | Refused:
    try:
        git.check_tag(event.release.tag_name)
    except Permanent as error:
        return Refused(name, f"{error.found} {error.cure}")
    sender = rules.wording.person(event.sender)
    announcement = rules.wording.announcement(event.repository, event.release, sender)
    return Announced(name, _TRIGGERS[event.action], announcement)
