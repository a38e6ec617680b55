"""Sends webhooks as GitHub does: signed, with its headers, waiting ten seconds for an answer and never trying again.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers,
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from aslo_core.testing.code_host.posting import Answer, post
from aslo_core.testing.github.payloads import HOOK_ID

Algorithm = Literal["sha1", "sha256", "both"]

_TIMEOUT_SECONDS = 10


def sign(body: bytes, secret: str, algorithm: Literal["sha1", "sha256"] = "sha256") -> str:
    """Sign a body: the value of `X-Hub-Signature-256`, or of `X-Hub-Signature` for `sha1`."""
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def encode(payload: Mapping[str, Any], *, form: bool = False) -> bytes:
    """The bytes that are sent and signed: JSON, or a form whose field `payload` is that JSON."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return urlencode({"payload": text}).encode() if form else text.encode()


def delivery_headers(
    body: bytes,
    event: str,
    secret: str | None,
    *,
    delivery_id: str,
    form: bool = False,
    algorithm: Algorithm = "both",
    target_id: int = 0,
) -> dict[str, str]:
    """The headers of a delivery; without signatures where there is no secret, as GitHub sends them then."""
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
        "User-Agent": "GitHub-Hookshot/044aadd",
        "X-GitHub-Delivery": delivery_id,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(HOOK_ID),
        "X-GitHub-Hook-Installation-Target-ID": str(target_id),
        "X-GitHub-Hook-Installation-Target-Type": "repository",
    }
    if secret is not None and algorithm in ("sha1", "both"):
        headers["X-Hub-Signature"] = sign(body, secret, "sha1")
    if secret is not None and algorithm in ("sha256", "both"):
        headers["X-Hub-Signature-256"] = sign(body, secret, "sha256")
    return headers


def deliver(
    url: str,
    event: str,
    payload: Mapping[str, Any],
    secret: str | None,
    *,
    delivery_id: str = "",
    form: bool = False,
    algorithm: Algorithm = "both",
) -> Answer:
    """Send one webhook.

    Args:
        url: address of the receiver.
        event: `release`, `ping`, …
        payload: the event.
        secret: the hook's secret, None for a hook without one.
        delivery_id: its GUID; a new one if empty. The same again is what "Redeliver" does.
        form: whether the hook's content type is a form.
        algorithm: which signatures to send; GitHub sends both.

    Raises:
        OSError: nobody answered in ten seconds.
    """
    body = encode(payload, form=form)
    target = payload.get("repository", {}).get("id", 0)
    guid = delivery_id or str(uuid.uuid4())
    headers = delivery_headers(body, event, secret, delivery_id=guid, form=form, algorithm=algorithm, target_id=target)
    return post(url, body, headers, timeout_seconds=_TIMEOUT_SECONDS)
