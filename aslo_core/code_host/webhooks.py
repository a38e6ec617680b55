"""What a code host tells of its webhooks, and whether one of them brings releases here. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aslo_core.types import Probed

_UNAUTHORISED = 401
_MOST_NAMED = 3


@dataclass(frozen=True)
class Webhook:
    """A webhook as its host tells of it.

    Attributes:
        place: where it is entered, such as `the organisation sugarlabs` or `sugarlabs/maze`.
        url: where it sends to.
        active: whether it is switched on.
        events: names of the events that it sends; `*` is all.
        content_type: `json` or `form`.
        answered: the HTTP status that its last delivery was answered with, 0 where nobody answered; None where there was no
            delivery, or the host does not tell.
    """

    place: str
    url: str
    active: bool
    events: Sequence[str]
    content_type: str
    answered: int | None = None


@dataclass(frozen=True)
class WantedWebhook:
    """What a webhook has to be to bring releases here.

    Attributes:
        addresses: any of these; the first is the one to enter.
        event: name of the event.
        content_types: any of these; the first is the one to choose.
    """

    addresses: Sequence[str]
    event: str
    content_types: Sequence[str]

    @property
    def cure(self) -> str:
        """What to enter on the host."""
        return f"enter {self.addresses[0]} as a webhook, with the secret of this table, {self.content_types[0]} and releases"


def points_here(hook: Webhook, wanted: WantedWebhook) -> bool:
    """Whether a webhook sends to this ASLO, with or without a slash at the end."""
    return hook.url.rstrip("/") in wanted.addresses


def judge_webhooks(what: str, hooks: Sequence[Webhook], wanted: WantedWebhook, unseen: str) -> Probed:
    """Tell whether one of these webhooks brings releases here.

    Args:
        what: the finding's name.
        hooks: those that the host showed.
        wanted: what is looked for.
        unseen: which ones it did not show, and what would be needed; empty where these are all.
    """
    here = [hook for hook in hooks if points_here(hook, wanted)]
    if faults := [fault for hook in here for fault in _faults(hook, wanted)]:
        return Probed.bad(what, "; ".join(found for found, _ in faults), "; ".join(dict.fromkeys(cure for _, cure in faults)))
    if here:
        told = sorted({hook.answered for hook in here if hook.answered is not None})
        last = f"; the last delivery was answered {', '.join(map(str, told))}" if told else ""
        return Probed.good(what, f"that of {_named([hook.place for hook in here])} points here{last}")
    others = [f"that of {hook.place} goes to {_shown(hook.url)}" for hook in hooks]
    found = f"none that was seen points here{f': {_named(others)}' if others else ''}"
    if unseen:
        return Probed.unknown(what, found, f"{wanted.cure}, unless one is there that was not seen: {unseen}")
    return Probed.bad(what, found, f"{wanted.cure}; or mend public_url of [server] where that is another address")


def _faults(hook: Webhook, wanted: WantedWebhook) -> Iterator[tuple[str, str]]:
    """Give what is wrong with a webhook that points here, and what to do."""
    that = f"that of {hook.place}"
    if not hook.active:
        yield f"{that} points here and is switched off", "switch it on"
    if not {wanted.event, "*"} & set(hook.events):
        sent = ", ".join(hook.events) or "nothing"
        yield f"{that} points here and sends {sent}", f"let it send the event {wanted.event}"
    if hook.content_type not in wanted.content_types:
        yield f"{that} points here and sends {hook.content_type}", f"let it send {wanted.content_types[0]}"
    if hook.answered == _UNAUTHORISED:
        yield f"the last delivery of {that} was answered 401", "enter the secret of this table there"
    elif hook.answered is not None and not 200 <= hook.answered < 300:  # noqa: PLR2004 - what is a success
        how = f"answered {hook.answered}" if hook.answered else "answered by nobody"
        yield f"the last delivery of {that} was {how}", "look at its recent deliveries on the host, and deliver it again"


def _shown(url: str) -> str:
    """An address without what may be a secret: chat services know whoever may post by the path alone."""
    parts = urlsplit(url)
    path = parts.path if parts.path.startswith("/api/hook") else "/…"
    return f"{parts.scheme}://{parts.hostname}{path}" if parts.hostname else "no address"


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
