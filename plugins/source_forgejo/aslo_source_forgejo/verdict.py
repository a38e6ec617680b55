"""What a delivery means. Pure.

https://docs.gitea.com/usage/webhooks, https://forgejo.org/docs/latest/user/webhooks/. Of a release a forge tells `published`,
`updated` and `deleted`, and nothing while it is a draft: publishing a draft whose tag was pushed before is `updated`, and
turning a release back into a draft is not told at all.
"""

from __future__ import annotations

from aslo_core.api import Delivery, Ignored, Pong, Refused, Verdict, code_host, payloads
from aslo_source_forgejo.announcement import Wording
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.payload import PushEvent, ReleaseEvent
from aslo_source_forgejo.signature import check_signature

_JSON = "application/json"
_HOSTS = ("forgejo", "gitea", "gogs", "github")
"""In whose words each header comes; those of a delivery all say the same."""

_ACTIONS = code_host.Actions({"published": "published", "updated": "edited"}, ("deleted",))


def judge(delivery: Delivery, options: ForgejoSourceOptions, wording: Wording) -> Verdict:
    """Tell what a delivery means.

    Raises:
        AuthenticationFailed: a signature is missing or wrong; nothing was parsed.
        UnsupportedMedia: the content type is not JSON. With a form, a forge signs not the body but the text in it.
    """
    code_host.require_content_type(delivery, (_JSON,))
    check_signature(delivery, options.secrets)
    name, odd = code_host.delivery_id(_header(delivery, "delivery"), delivery.body), _disagreement(delivery)
    event = _header(delivery, "event")
    if odd:
        return Refused(name, odd)
    if not code_host.WORD.fullmatch(event):
        return Refused(name, f"expected the name of an event in X-Forgejo-Event or X-Gitea-Event, found {event[:80]!r}")
    try:
        if event == "push" and payloads.read(delivery.body, PushEvent).is_test:
            return Pong(name)
        if event == "release":
            return _judge_release(name, payloads.read(delivery.body, ReleaseEvent), options, wording)
    except payloads.Malformed as error:
        return Refused(name, str(error))
    return Ignored(name, event, "only releases are looked at; the webhook can be limited to the event Release")


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


def _judge_release(name: str, event: ReleaseEvent, options: ForgejoSourceOptions, wording: Wording) -> Verdict:
    release = wording.release(wording.repository(event.repository), event.release, wording.person(event.sender))
    return code_host.judge_release(name, event.action, release, event.sender.name, options, _ACTIONS)
