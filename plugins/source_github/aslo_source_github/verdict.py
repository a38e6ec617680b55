"""What a delivery means. Pure.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#release: one release fires `created`, `published`, `released`
and, whenever something about it changes, `edited`; `deleted` and `unpublished` take it back.
"""

from __future__ import annotations

from dataclasses import replace

from aslo_core.api import Announced, Delivery, Ignored, Pong, Refused, Verdict, Withdrawn, code_host, payloads
from aslo_source_github.announcement import Wording
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.payload import PingEvent, ReleaseEvent, json_of_form
from aslo_source_github.signature import check_signature

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"

_ACTIONS = code_host.Actions(
    starting={"published": "published", "edited": "edited"},
    withdrawing=("unpublished", "deleted"),
    explained={
        "created": "a release was saved; when it is published, GitHub sends `published`, which starts the work",
        "released": "GitHub sends `published` for the same release, which starts the work",
        "prereleased": "GitHub sends `published` for the same release, which starts the work where pre-releases are taken",
    },
)


def judge(delivery: Delivery, options: GitHubSourceOptions, wording: Wording) -> Verdict:
    """Tell what a delivery means.

    Raises:
        AuthenticationFailed: the signature is missing or wrong; nothing was parsed.
        UnsupportedMedia: the content type is neither JSON nor a form.
    """
    check_signature(delivery, options.secrets, allow_sha1=options.allow_sha1)
    media = code_host.require_content_type(delivery, (_JSON, _FORM))
    name = code_host.delivery_id(delivery.headers.get("x-github-delivery", ""), delivery.body)
    event = delivery.headers.get("x-github-event", "")
    if not code_host.WORD.fullmatch(event):
        return Refused(name, f"expected the name of an event in X-GitHub-Event, found {event[:80]!r}")
    if event not in ("ping", "release"):
        return Ignored(name, event, "only releases are looked at; the webhook can be limited to the event Releases")
    try:
        body = json_of_form(delivery.body) if media == _FORM else delivery.body
        if event == "ping":
            hook = payloads.read(body, PingEvent).hook_id
            return Pong(name, str(hook or ""))
        return judge_event(name, payloads.read(body, ReleaseEvent), options, wording)
    except payloads.Malformed as error:
        return Refused(name, str(error))


def judge_event(
    name: str, event: ReleaseEvent, options: GitHubSourceOptions, wording: Wording
) -> Announced | Withdrawn | Ignored | Refused:
    """Tell what an event of a release means, wherever GitHub told of it; `name` is that of its delivery."""
    release = wording.release(wording.repository(event.repository), event.release, wording.person(event.sender))
    if event.action == "unpublished":
        release = replace(release, draft=False)  # it has become a draft by being taken back
    return code_host.judge_release(name, event.action, release, event.sender.login, options, _ACTIONS)
