"""Proof that a delivery comes from somebody who knows the webhook's secret. Pure.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from aslo_core.api import AuthenticationFailed, Delivery, Secret

_SHA256_HEADER = "x-hub-signature-256"
_SHA1_HEADER = "x-hub-signature"


def check_signature(delivery: Delivery, secrets: Sequence[Secret], *, allow_sha1: bool) -> None:
    """Compare the delivery's signature with that of its raw body, for each secret, in constant time.

    Args:
        delivery: nothing of it is parsed.
        secrets: any of them proves it; none of them is empty.
        allow_sha1: whether the old header counts where the new one is missing.

    Raises:
        AuthenticationFailed: the signature is missing or wrong.
    """
    header, algorithm = _SHA256_HEADER, "sha256"
    if allow_sha1 and _SHA256_HEADER not in delivery.headers:
        header, algorithm = _SHA1_HEADER, "sha1"
    given = delivery.headers.get(header)
    if given is None:
        raise AuthenticationFailed(f"the header {header} is missing: give the webhook a secret")
    # compare_digest takes no text beyond ASCII; the length of a signature is no secret.
    presented = given.encode("utf-8", "surrogatepass")
    right = [hmac.compare_digest(presented, _signature(delivery.body, secret, algorithm)) for secret in secrets]
    if not any(right):
        raise AuthenticationFailed(f"the signature in {header} is not that of the body with the webhook's secret")


def _signature(body: bytes, secret: Secret, algorithm: str) -> bytes:
    return f"{algorithm}={hmac.new(secret.get_secret_value().encode(), body, algorithm).hexdigest()}".encode()
