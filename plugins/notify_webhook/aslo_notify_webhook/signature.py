"""Signs webhooks as Standard Webhooks 1.0 does: HMAC-SHA256 over `<id>.<seconds>.<body>`. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a key, as the standard has them."""


def key_of(secret: str) -> bytes:
    """Take the key out of a secret, `whsec_` and the key in base64.

    Raises:
        ValueError: it is none.
    """
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(
            f"expected {PREFIX} and then {SHORTEST} to {LONGEST} bytes in base64; make one with"
            f' `echo "{PREFIX}$(openssl rand -base64 32)"`'
        )
    return key


def new_secret() -> str:
    """Make a secret of 256 random bits."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def signed_headers(message_id: str, seconds: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Give the headers that prove where a webhook comes from, and when it was sent.

    Args:
        message_id: the same whenever the webhook is sent again.
        seconds: the time of this try, since 1970 UTC.
        body: the request's body.
        keys: each signs; while a key is replaced, a receiver may know either.
    """
    signed = f"{message_id}.{seconds}.".encode() + body
    signatures = (b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
