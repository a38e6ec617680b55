"""Sends webhooks as Forgejo and Gitea do: one event in the words of four hosts, and signed for each of them.

https://forgejo.org/docs/latest/user/webhooks/, https://docs.gitea.com/usage/webhooks
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Mapping
from typing import Any, Literal

from aslo_core.testing.code_host.posting import Answer, post

Flavour = Literal["forgejo", "gitea"]

_TIMEOUT_SECONDS = 5
"""The forge's `[webhook] DELIVER_TIMEOUT`."""


def sign(body: bytes, secret: str, algorithm: Literal["sha1", "sha256"] = "sha256") -> str:
    """Sign a body, in hexadecimal digits."""
    return hmac.new(secret.encode(), body, algorithm).hexdigest()


def encode(payload: Mapping[str, Any]) -> bytes:
    """The bytes that are sent and signed: JSON, indented."""
    return json.dumps(payload, ensure_ascii=False, indent=2).encode()


def delivery_headers(body: bytes, event: str, secret: str, *, delivery_id: str, flavour: Flavour = "forgejo") -> dict[str, str]:
    """The headers of a delivery; an empty secret is that of a hook without one, whose signatures have no digits."""
    hosts = ["Forgejo", "Gitea", "Gogs"] if flavour == "forgejo" else ["Gitea", "Gogs"]
    sha1, sha256 = (sign(body, secret, "sha1"), sign(body, secret)) if secret else ("", "")
    headers = {"Content-Type": "application/json", "User-Agent": "Go-http-client/1.1"}
    for host in hosts:
        headers |= {f"X-{host}-Delivery": delivery_id, f"X-{host}-Event": event, f"X-{host}-Event-Type": event}
        headers[f"X-{host}-Signature"] = sha256
    headers |= {"X-Hub-Signature": f"sha1={sha1}", "X-Hub-Signature-256": f"sha256={sha256}"}
    return headers | {"X-GitHub-Delivery": delivery_id, "X-GitHub-Event": event, "X-GitHub-Event-Type": event}


def deliver(
    url: str, event: str, payload: Mapping[str, Any], secret: str, *, delivery_id: str = "", flavour: Flavour = "forgejo"
) -> Answer:
    """Send one webhook.

    Args:
        url: address of the receiver.
        event: `release`, `push`, …
        payload: the event.
        secret: the hook's secret, empty for a hook without one.
        delivery_id: its UUID; a new one if empty. The same again is what replaying it does.
        flavour: whose headers it has.

    Raises:
        OSError: nobody answered in five seconds.
    """
    body = encode(payload)
    headers = delivery_headers(body, event, secret, delivery_id=delivery_id or str(uuid.uuid4()), flavour=flavour)
    return post(url, body, headers, timeout_seconds=_TIMEOUT_SECONDS)
